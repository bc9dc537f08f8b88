/** One sandbox token: up to six letters or digits, or one other character, with the white space before it. */
const TOKEN = /\s*(?:[\p{L}\p{N}]{1,6}|[^\s\p{L}\p{N}])|\s+$/gu;

const LOREM =
  "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna " +
  "aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. ";

/** Cuts text into sandbox tokens; joined again they are the text. */
export function splitTokens(text: string): readonly string[] {
  return text.match(TOKEN) ?? [];
}

/** How many sandbox tokens a text is. */
export function countTokens(text: string): number {
  return splitTokens(text).length;
}

/** Exactly `count` tokens of the same old Latin. */
export function loremTokens(count: number): readonly string[] {
  const once = splitTokens(LOREM.trimEnd());
  return Array.from({ length: count }, (_, at) => {
    const token = once[at % once.length] ?? "";
    return at > 0 && at % once.length === 0 ? ` ${token}` : token;
  });
}
