import { estimateTokenCount } from "tokenx";

/** Text is estimated in pieces of this size, so that a stream never keeps more than one piece. */
const PIECE_CHARACTERS = 4096;
/** Beyond this an input's estimate goes on at the rate seen so far: the time spent on one request stays bounded. */
const MAX_ESTIMATED_CHARACTERS = 256 * 1024;

/** Estimates tokens of text that arrives in pieces. Keeps at most one piece of it in memory. */
export interface TokenCounter {
  add(text: string): void;
  /** The estimate for everything added so far. */
  total(): number;
}

/** Counts as `tokenx` does, on pieces cut at white space, where its segments end anyway. */
export function createTokenCounter(): TokenCounter {
  let counted = 0;
  let pending = "";
  return {
    add(text) {
      pending += text;
      while (pending.length >= PIECE_CHARACTERS) {
        const cut = lastBreak(pending.slice(0, PIECE_CHARACTERS));
        counted += estimateTokenCount(pending.slice(0, cut));
        pending = pending.slice(cut);
      }
    },
    total: () => counted + estimateTokenCount(pending),
  };
}

/** Estimates the tokens of some texts, in bounded time. */
export function estimateTokens(texts: Iterable<string>): number {
  const counter = createTokenCounter();
  let characters = 0;
  let estimated = 0;
  for (const text of texts) {
    characters += text.length;
    if (estimated >= MAX_ESTIMATED_CHARACTERS) continue;
    const part = text.slice(0, MAX_ESTIMATED_CHARACTERS - estimated);
    counter.add(part);
    counter.add("\n");
    estimated += part.length;
  }
  if (characters === estimated) return counter.total();
  return Math.ceil((counter.total() * characters) / estimated);
}

function lastBreak(piece: string): number {
  const at = Math.max(piece.lastIndexOf(" "), piece.lastIndexOf("\n"));
  return at > 0 ? at : piece.length;
}
