/** Keeps track of a text that comes in pieces, and may come whole at its end, without keeping the text. */
export interface SaidText {
  add(piece: string): void;
  /** What of the whole no piece has said. Nothing, where the pieces were another text. */
  restOf(whole: string): string;
}

/** So much of the end of the pieces is compared with the whole. */
const COMPARED_CHARACTERS = 32;

/** Makes one for one text. */
export function createSaidText(): SaidText {
  let length = 0;
  let end = "";
  return {
    add(piece) {
      length += piece.length;
      end = (end + piece).slice(-COMPARED_CHARACTERS);
    },
    restOf: (whole) => (whole.slice(length - end.length, length) === end ? whole.slice(length) : ""),
  };
}
