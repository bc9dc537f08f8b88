/** One sandbox token: up to six letters or digits, or one other character, with the white space before it. */
const TOKEN = /\s*(?:[\p{L}\p{N}]{1,6}|[^\s\p{L}\p{N}])|\s+$/gu;

const LOREM =
  "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna " +
  "aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. ";

/** The first tokens of a text: joined again they are its beginning. */
export interface TakenTokens {
  readonly tokens: readonly string[];
  /** True where the text goes on. */
  readonly isCut: boolean;
}

/** Cuts a text into sandbox tokens, up to the first that would exceed either bound; the rest is never looked at. */
export function takeTokens(text: string, maxTokens: number, maxCharacters: number): TakenTokens {
  const tokens: string[] = [];
  let characters = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    characters += token.length;
    if (tokens.length === maxTokens || characters > maxCharacters) return { tokens, isCut: true };
    tokens.push(token);
  }
  return { tokens, isCut: false };
}

/** How many sandbox tokens a text is. Stops counting above `max`. */
export function countTokens(text: string, max: number): number {
  // `test` moves along the text and keeps none of it, which a list of tokens would.
  TOKEN.lastIndex = 0;
  let count = 0;
  while (count <= max && TOKEN.test(text)) count += 1;
  // `matchAll` begins where the expression stands.
  TOKEN.lastIndex = 0;
  return count;
}

/** Exactly `count` tokens of the same old Latin. */
export function loremTokens(count: number): readonly string[] {
  const once = LOREM.trimEnd().match(TOKEN) ?? [];
  return Array.from({ length: count }, (_, at) => {
    const token = once[at % once.length] ?? "";
    return at > 0 && at % once.length === 0 ? ` ${token}` : token;
  });
}
