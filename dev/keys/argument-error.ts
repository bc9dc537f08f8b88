/** Input that a person can put right; the message names the option. */
export class KeyArgumentError extends Error {
  override readonly name = "KeyArgumentError";
}

/** Names separated by commas, each once. */
export function readList(option: string, text: string): readonly string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.includes("")) throw new KeyArgumentError(`${option} takes names separated by commas`);
  return [...new Set(items)];
}
