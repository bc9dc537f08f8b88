import type { AnswerEvent, Citation, FinishReason, TokenLogprob } from "../answer-events.ts";
import { isRecord } from "../parse-body.ts";
import type { ReadChoice } from "./read-answer.ts";
import { createCallReader } from "./read-calls.ts";
import { createReasoningReader } from "./read-reasoning.ts";

/** Reads the deltas, or the whole message, of one choice. What comes after its finish is not read. */
export interface ChoiceReader {
  read(choice: ReadChoice): readonly AnswerEvent[];
  isFinished(): boolean;
}

const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["stop", "stop"],
  ["eos", "stop"],
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["model_length", "length"],
  ["tool_calls", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
  ["sensitive", "content-filter"],
]);
const TOP_LOGPROBS_MAXIMUM = 64;

/** Makes a reader for one choice. `idPrefix` names calls that the upstream left without an id. */
export function createChoiceReader(choice: number, idPrefix: () => string): ChoiceReader {
  const calls = createCallReader(choice, idPrefix);
  const reasoning = createReasoningReader(choice);
  let hasRefused = false;
  let isFinished = false;

  const visible = (events: readonly AnswerEvent[]): readonly AnswerEvent[] =>
    events.length === 0 ? [] : [...reasoning.end(), ...events];

  const readContent = (content: unknown, logprobs: readonly TokenLogprob[] | null): readonly AnswerEvent[] => {
    if (Array.isArray(content)) return content.flatMap(readPart);
    if (typeof content !== "string" || content === "") return [];
    return visible([{ type: "text", choice, text: content, ...(logprobs ? { logprobs } : {}) }]);
  };

  /** Mistral streams content as parts, with `thinking` parts whose texts lie one level deeper. */
  const readPart = (part: unknown): readonly AnswerEvent[] => {
    if (!isRecord(part)) return [];
    const { thinking } = part;
    if (part["type"] !== "thinking") return readContent(part["text"], null);
    const thoughts: readonly unknown[] = Array.isArray(thinking) ? thinking : [{ text: thinking }];
    return thoughts.flatMap((thought) => (isRecord(thought) ? reasoning.read({ reasoning: thought["text"] }) : []));
  };

  const readMessage = ({ message, logprobs }: ReadChoice): readonly AnswerEvent[] => {
    if (!isRecord(message)) return [];
    const { refusal, images, annotations, function_call: legacy, tool_calls: called } = message;
    const events = [...reasoning.read(message), ...readContent(message["content"], readLogprobs(logprobs))];
    if (typeof refusal === "string" && refusal !== "") {
      hasRefused = true;
      events.push(...visible([{ type: "refusal", choice, text: refusal }]));
    }
    for (const image of listOf(images)) events.push(...visible(readImage(image, choice)));
    for (const annotation of listOf(annotations)) events.push(...readCitation(annotation, choice));
    for (const call of listOf(called)) events.push(...visible(calls.read(call)));
    if (isRecord(legacy)) events.push(...visible(calls.read({ index: 0, function: legacy })));
    return events;
  };

  const finish = (reason: string): readonly AnswerEvent[] => {
    isFinished = true;
    const known = FINISH_REASONS.get(reason) ?? "other";
    // OpenAI says `stop` where it was told which function to call, and where it refused.
    const stopped = calls.count() > 0 ? "tool-calls" : hasRefused ? "refusal" : known;
    return [
      ...reasoning.end(),
      ...calls.end(),
      { type: "finish", choice, reason: known === "stop" ? stopped : known, stopSequence: null },
    ];
  };

  return {
    read(value) {
      if (isFinished) return [];
      const events = readMessage(value);
      return value.finishReason === null ? events : [...events, ...finish(value.finishReason)];
    },
    isFinished: () => isFinished,
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const numberOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** OpenRouter's `images`: a data URL each. */
function readImage(value: unknown, choice: number): readonly AnswerEvent[] {
  const image = isRecord(value) ? value["image_url"] : null;
  const url = isRecord(image) ? textOf(image["url"]) : null;
  if (url === null || !url.startsWith("data:")) return [];
  const comma = url.indexOf(";base64,");
  return comma < 0
    ? []
    : [
        {
          type: "image",
          choice,
          mediaType: url.slice("data:".length, comma),
          data: url.slice(comma + ";base64,".length),
        },
      ];
}

function readCitation(annotation: unknown, choice: number): readonly AnswerEvent[] {
  const cited = isRecord(annotation) ? annotation["url_citation"] : null;
  if (!isRecord(cited)) return [];
  const citation: Citation = {
    url: textOf(cited["url"]),
    title: textOf(cited["title"]),
    citedText: textOf(cited["content"]),
    start: numberOf(cited["start_index"]),
    end: numberOf(cited["end_index"]),
  };
  return [{ type: "citation", choice, citation }];
}

function readLogprobs(logprobs: unknown): readonly TokenLogprob[] | null {
  const content = isRecord(logprobs) ? logprobs["content"] : null;
  if (!Array.isArray(content) || content.length === 0) return null;
  return content.flatMap((entry: unknown) => {
    const read = readLogprob(entry);
    if (!read || !isRecord(entry)) return [];
    const top = listOf(entry["top_logprobs"]).slice(0, TOP_LOGPROBS_MAXIMUM);
    return [{ ...read, top: top.flatMap((one) => readLogprob(one) ?? []) }];
  });
}

function readLogprob(entry: unknown): Omit<TokenLogprob, "top"> | null {
  if (!isRecord(entry)) return null;
  const token = textOf(entry["token"]);
  const logprob = numberOf(entry["logprob"]);
  const bytes = entry["bytes"];
  if (token === null || logprob === null) return null;
  return { token, logprob, bytes: Array.isArray(bytes) ? bytes.filter((byte) => typeof byte === "number") : null };
}
