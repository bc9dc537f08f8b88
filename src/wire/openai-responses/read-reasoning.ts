import type { AnswerEvent } from "../answer-events.ts";
import { isRecord } from "../parse-body.ts";
import { reasoningSignature } from "./reasoning-token.ts";
import { listOf, textOf, type Json } from "./read-response.ts";
import { createSaidText } from "./said-text.ts";

/** Reads reasoning items: their pieces as they come, and at their end what no piece has said. */
export interface ReasoningReader {
  begin(): void;
  /** `part` numbers the parts of a summary, which are paragraphs. */
  say(piece: unknown, part: unknown): readonly AnswerEvent[];
  done(item: Json): readonly AnswerEvent[];
}

const PARAGRAPH = "\n\n";

/** Makes a reader for the reasoning of one answer, which comes item by item. */
export function createReasoningReader(): ReasoningReader {
  let said = createSaidText();
  let isSaid = false;
  let partBefore: unknown;

  const begin = (): void => {
    said = createSaidText();
    isSaid = false;
  };
  const sayText = (text: string): readonly AnswerEvent[] => {
    if (text === "") return [];
    isSaid = true;
    said.add(text);
    return [{ type: "reasoning", choice: 0, text }];
  };
  const whole = (parts: unknown): string =>
    listOf(parts)
      .flatMap((part) => (isRecord(part) ? (textOf(part["text"]) ?? []) : []))
      .join(PARAGRAPH);

  return {
    begin,
    say(piece, part) {
      const read = textOf(piece);
      if (read === null) return [];
      const start = isSaid && part !== partBefore ? PARAGRAPH : "";
      partBefore = part;
      return sayText(start + read);
    },
    done(item) {
      const summary = whole(item["summary"]);
      // Open models show their reasoning itself, and no summary.
      const rest = sayText(said.restOf(summary === "" ? whole(item["content"]) : summary));
      const signature = reasoningSignature(item["id"], item["encrypted_content"]);
      const isRedacted = !isSaid;
      begin();
      if (isRedacted && !signature) return [];
      return [...rest, { type: "reasoning-end", choice: 0, signature, isRedacted }];
    },
  };
}
