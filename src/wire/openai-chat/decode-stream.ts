import type { AnswerEvent, Citation } from "../answer-events.ts";
import type { DecoderOptions, StreamDecoder } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { DONE } from "./observe-stream.ts";
import { readAnswer } from "./read-answer.ts";
import { createChoiceReader, type ChoiceReader } from "./read-choice.ts";

type Json = Readonly<Record<string, unknown>>;

/** Reads the JSON of chunks, or of one whole answer, as events. Null is what is neither an answer nor an error. */
export interface AnswerReader {
  read(value: unknown): readonly AnswerEvent[] | null;
  /** How many choices have finished. */
  finished(): number;
}

const ID_MAX_CHARACTERS = 256;
/** Perplexity's sources stand beside the choices, as addresses alone or with their titles. */
const CITATIONS_MAXIMUM = 256;

/** Makes a reader for one answer. */
export function createAnswerReader(): AnswerReader {
  const choices = new Map<number, ChoiceReader>();
  let start: Extract<AnswerEvent, { type: "start" }> | null = null;
  let hasCited = false;

  const idPrefix = (): string => `call_${(start?.id ?? "").replaceAll(/[^a-z0-9]/gi, "").slice(-16)}_`;
  const readerOf = (index: number): ChoiceReader => {
    const reader = choices.get(index) ?? createChoiceReader(index, idPrefix);
    choices.set(index, reader);
    return reader;
  };

  return {
    read(value) {
      const answer = readAnswer(value);
      if (answer.type === "foreign" || !isRecord(value)) return null;
      if (answer.type === "error") return [{ type: "error", error: answer.error }];
      const events: AnswerEvent[] = [];
      if (!start) {
        start = { type: "start", id: labelOf(value["id"]), model: labelOf(value["model"]) };
        events.push(start);
      }
      if (!hasCited && answer.choices.some(({ finishReason }) => finishReason !== null)) {
        hasCited = true;
        events.push(...readSources(value));
      }
      for (const choice of answer.choices) events.push(...readerOf(choice.index).read(choice));
      if (answer.usage) events.push({ type: "usage", usage: answer.usage });
      return events;
    },
    finished: () => [...choices.values()].filter((choice) => choice.isFinished()).length,
  };
}

/** Reads a stream of chat completion chunks. A stream without `[DONE]` is complete when every choice has finished. */
export function createDecoder({ choices }: DecoderOptions): StreamDecoder {
  const reader = createAnswerReader();
  const counts = { answers: 0, malformed: 0 };
  let isDone = false;
  let hasFailed = false;
  return {
    see({ data }) {
      if (data.startsWith(DONE)) {
        isDone = true;
        return [];
      }
      const events = reader.read(parseJson(data));
      counts[events ? "answers" : "malformed"] += 1;
      if (events?.some(({ type }) => type === "error")) hasFailed = true;
      return events ?? [];
    },
    seeForeign() {
      counts.malformed += 1;
    },
    end() {
      if (hasFailed) return "interrupted";
      if (counts.answers === 0 && counts.malformed > 0) return "garbage";
      return isDone || reader.finished() >= choices ? "complete" : "interrupted";
    },
    isOver: () => isDone,
  };
}

const labelOf = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value.slice(0, ID_MAX_CHARACTERS) : null;

function readSources(value: Json): readonly AnswerEvent[] {
  const sources = value["search_results"] ?? value["citations"];
  if (!Array.isArray(sources)) return [];
  return sources.slice(0, CITATIONS_MAXIMUM).flatMap((source: unknown): readonly AnswerEvent[] => {
    const url = isRecord(source) ? source["url"] : source;
    const title = isRecord(source) ? source["title"] : null;
    if (typeof url !== "string") return [];
    const citation: Citation = {
      url,
      title: typeof title === "string" ? title : null,
      citedText: null,
      start: null,
      end: null,
    };
    return [{ type: "citation", choice: 0, citation }];
  });
}
