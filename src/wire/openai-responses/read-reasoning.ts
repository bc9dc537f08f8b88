import type { AnswerEvent } from "../answer-events.ts";
import { isRecord } from "../parse-body.ts";
import { reasoningSignature } from "./reasoning-token.ts";
import { listOf, textOf, type Json } from "./read-response.ts";

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
  let isSaid = false;
  let partBefore: unknown;

  const begin = (): void => {
    isSaid = false;
  };
  const say = (piece: unknown, part: unknown): readonly AnswerEvent[] => {
    const read = textOf(piece);
    if (read === null) return [];
    const start = isSaid && part !== partBefore ? PARAGRAPH : "";
    isSaid = true;
    partBefore = part;
    return [{ type: "reasoning", choice: 0, text: start + read }];
  };
  const sayAll = (parts: unknown): readonly AnswerEvent[] =>
    listOf(parts).flatMap((part, index) => (isRecord(part) ? say(part["text"], index) : []));

  return {
    begin,
    say,
    done(item) {
      const events: AnswerEvent[] = [];
      if (!isSaid) events.push(...sayAll(item["summary"]));
      // Open models show their reasoning itself, and no summary.
      if (!isSaid) events.push(...sayAll(item["content"]));
      const signature = reasoningSignature(item["id"], item["encrypted_content"]);
      if (isSaid || signature) events.push({ type: "reasoning-end", choice: 0, signature, isRedacted: !isSaid });
      begin();
      return events;
    },
  };
}
