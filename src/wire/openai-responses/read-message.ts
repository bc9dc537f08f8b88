import type { AnswerEvent } from "../answer-events.ts";
import { isRecord } from "../parse-body.ts";
import { listOf, readCitation, readLogprobs, textOf, type Json } from "./read-response.ts";
import { createSaidText, type SaidText } from "./said-text.ts";

/** Reads message items: their pieces as they come, and at their end what no piece has said. */
export interface MessageReader {
  begin(): void;
  /** `part` numbers the parts of a message. */
  text(piece: unknown, part: unknown, logprobs: unknown): readonly AnswerEvent[];
  refusal(piece: unknown, part: unknown): readonly AnswerEvent[];
  cite(annotation: unknown): readonly AnswerEvent[];
  done(item: Json): readonly AnswerEvent[];
}

/** More parts than this are one part more: OpenAI's messages have one or two. */
const PARTS_MAXIMUM = 256;

/** Makes a reader for the messages of one answer, which come one after the other. */
export function createMessageReader(): MessageReader {
  const said = new Map<unknown, SaidText>();
  let hasCitations = false;

  const begin = (): void => {
    said.clear();
    hasCitations = false;
  };
  const saidOf = (part: unknown): SaidText => {
    const key = typeof part === "number" && part < PARTS_MAXIMUM ? part : 0;
    const text = said.get(key) ?? createSaidText();
    said.set(key, text);
    return text;
  };
  const text = (piece: unknown, part: unknown, logprobs: unknown): readonly AnswerEvent[] => {
    const read = textOf(piece);
    if (read === null) return [];
    saidOf(part).add(read);
    return [{ type: "text", choice: 0, text: read, logprobs: readLogprobs(logprobs) }];
  };
  const refusal = (piece: unknown, part: unknown): readonly AnswerEvent[] => {
    const read = textOf(piece);
    if (read === null) return [];
    saidOf(part).add(read);
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
      const isCited = hasCitations;
      const events: AnswerEvent[] = [];
      for (const [at, part] of listOf(item["content"]).entries()) {
        if (!isRecord(part)) continue;
        const logprobs = said.has(at) ? null : part["logprobs"];
        events.push(...text(saidOf(at).restOf(textOf(part["text"]) ?? ""), at, logprobs));
        events.push(...refusal(saidOf(at).restOf(textOf(part["refusal"]) ?? ""), at));
        if (!isCited) events.push(...listOf(part["annotations"]).flatMap(cite));
      }
      begin();
      return events;
    },
  };
}
