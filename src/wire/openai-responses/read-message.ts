import type { AnswerEvent } from "../answer-events.ts";
import { isRecord } from "../parse-body.ts";
import { listOf, readCitation, readLogprobs, textOf, type Json } from "./read-response.ts";

/** Reads message items: their pieces as they come, and at their end what no piece has said. */
export interface MessageReader {
  begin(): void;
  text(piece: unknown, logprobs: unknown): readonly AnswerEvent[];
  refusal(piece: unknown): readonly AnswerEvent[];
  cite(annotation: unknown): readonly AnswerEvent[];
  done(item: Json): readonly AnswerEvent[];
}

/** Makes a reader for the messages of one answer, which come one after the other. */
export function createMessageReader(): MessageReader {
  let hasContent = false;
  let hasCitations = false;

  const begin = (): void => {
    hasContent = false;
    hasCitations = false;
  };
  const text = (piece: unknown, logprobs: unknown): readonly AnswerEvent[] => {
    const read = textOf(piece);
    if (read === null) return [];
    hasContent = true;
    return [{ type: "text", choice: 0, text: read, logprobs: readLogprobs(logprobs) }];
  };
  const refusal = (piece: unknown): readonly AnswerEvent[] => {
    const read = textOf(piece);
    if (read === null) return [];
    hasContent = true;
    return [{ type: "refusal", choice: 0, text: read }];
  };
  const cite = (annotation: unknown): readonly AnswerEvent[] => {
    const citation = readCitation(annotation);
    if (!citation) return [];
    hasCitations = true;
    return [{ type: "citation", choice: 0, citation }];
  };

  return {
    begin,
    text,
    refusal,
    cite,
    done(item) {
      const isSaid = hasContent;
      const isCited = hasCitations;
      const events: AnswerEvent[] = [];
      for (const part of listOf(item["content"])) {
        if (!isRecord(part)) continue;
        if (!isSaid) events.push(...text(part["text"], part["logprobs"]), ...refusal(part["refusal"]));
        if (!isCited) events.push(...listOf(part["annotations"]).flatMap(cite));
      }
      begin();
      return events;
    },
  };
}
