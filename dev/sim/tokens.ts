/** One token: up to four letters or digits, or one other character, with the white space before it. */
const TOKEN = /\s*(?:[\p{L}\p{N}]{1,4}|[^\s\p{L}\p{N}])|\s+$/gu;

/** Cuts text into the simulator's tokens. Joined again they are the text, so a stream of tokens loses nothing. */
export function splitTokens(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** How many tokens a text costs in the simulator: a rule simple enough to check by hand, close to a real tokenizer's count. */
export function countTokens(text: string): number {
  return splitTokens(text).length;
}
