/** `JSON.parse` for text that may be anything: undefined, which no JSON is, where it does not parse. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
