import { estimateTokenCount } from "tokenx";

/** Text is estimated in pieces of this size, so that a stream never keeps more than one piece. */
const PIECE_CHARACTERS = 4096;

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
    total() {
      // Asked often (a stream whose hold runs low): what was counted once is not counted again.
      const cut = lastPlainSpace(pending);
      if (cut > 0) {
        counted += estimateTokenCount(pending.slice(0, cut));
        pending = pending.slice(cut);
      }
      return counted + estimateTokenCount(pending);
    },
  };
}

/** The last single space between two words: a cut there changes no estimate, whatever stands on either side. */
function lastPlainSpace(text: string): number {
  let at = text.lastIndexOf(" ");
  while (at > 0 && (isSpace(text, at - 1) || isSpace(text, at + 1))) at = text.lastIndexOf(" ", at - 1);
  return at;
}

/** Nothing at all counts too: what comes next may be space. */
const isSpace = (text: string, at: number): boolean => at >= text.length || text.charAt(at).trim() === "";

function lastBreak(piece: string): number {
  const at = Math.max(piece.lastIndexOf(" "), piece.lastIndexOf("\n"));
  return at > 0 ? at : piece.length;
}
