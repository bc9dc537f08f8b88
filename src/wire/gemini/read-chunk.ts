import type { AnswerEvent, Citation, FinishReason, TokenLogprob } from "../answer-events.ts";
import type { InBandError } from "../events.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { safeToken } from "../safe-token.ts";

type Json = Readonly<Record<string, unknown>>;

const CHOICES_MAXIMUM = 128;

const FINISH_REASONS: ReadonlyMap<unknown, FinishReason> = new Map<unknown, FinishReason>([
  ["STOP", "stop"],
  ["MAX_TOKENS", "length"],
  ...(
    [
      "SAFETY",
      "RECITATION",
      "BLOCKLIST",
      "PROHIBITED_CONTENT",
      "SPII",
      "IMAGE_SAFETY",
      "IMAGE_PROHIBITED_CONTENT",
      "IMAGE_RECITATION",
      "MODEL_ARMOR",
    ] as const
  ).map((reason) => [reason, "content-filter"] as const),
]);

/** Reads the chunks of one answer, or its only one. It keeps what spans them: which choices think, call, or are over. */
export interface ChunkReader {
  /** Null: not a chunk of this format. */
  read(text: string): readonly AnswerEvent[] | null;
  /** True once something came and every choice that began is over. */
  isFinished(): boolean;
}

interface Choice {
  readonly at: number;
  isThinking: boolean;
  calls: number;
  isOver: boolean;
}

/** Makes a reader for one answer. */
export function createChunkReader(): ChunkReader {
  const choices = new Map<number, Choice>();
  let hasBegun = false;
  const choiceOf = (at: number): Choice => {
    const choice = choices.get(at) ?? { at, isThinking: false, calls: 0, isOver: false };
    choices.set(at, choice);
    return choice;
  };

  return {
    read(text) {
      const value = parseJson(text);
      if (!isRecord(value)) return null;
      const error = readError(value);
      if (error) return [{ type: "error", error }];
      const isChunk = "candidates" in value || "usageMetadata" in value || "promptFeedback" in value;
      if (!isChunk) return null;
      const events: AnswerEvent[] = [];
      if (!hasBegun)
        events.push({ type: "start", id: textOf(value["responseId"]), model: textOf(value["modelVersion"]) });
      hasBegun = true;
      const candidates = Array.isArray(value["candidates"]) ? value["candidates"] : [];
      for (const candidate of candidates) {
        const at = isRecord(candidate) ? indexOf(candidate) : null;
        if (isRecord(candidate) && at !== null) events.push(...readCandidate(candidate, choiceOf(at)));
      }
      if (isBlocked(value) && !choiceOf(0).isOver) {
        choiceOf(0).isOver = true;
        events.push({ type: "finish", choice: 0, reason: "content-filter", stopSequence: null });
      }
      const usage = value["usageMetadata"];
      if (isRecord(usage)) events.push({ type: "usage", usage });
      return events;
    },
    isFinished: () => choices.size > 0 && [...choices.values()].every(({ isOver }) => isOver),
  };
}

function indexOf(candidate: Json): number | null {
  const at = candidate["index"] ?? 0;
  return typeof at === "number" && Number.isInteger(at) && at >= 0 && at < CHOICES_MAXIMUM ? at : null;
}

function readCandidate(candidate: Json, choice: Choice): readonly AnswerEvent[] {
  if (choice.isOver) return [];
  const content = candidate["content"];
  const parts = isRecord(content) && Array.isArray(content["parts"]) ? content["parts"] : [];
  const events = parts.flatMap((part: unknown) => (isRecord(part) ? readPart(part, choice) : []));
  withLogprobs(events, candidate["logprobsResult"]);
  events.push(...readCitations(candidate, choice.at));
  const reason = candidate["finishReason"];
  if (typeof reason !== "string" || reason === "" || reason === "FINISH_REASON_UNSPECIFIED") return events;
  const mapped = FINISH_REASONS.get(reason) ?? "other";
  const isCall = mapped === "stop" && choice.calls > 0;
  events.push(...endThinking(choice, null));
  events.push({ type: "finish", choice: choice.at, reason: isCall ? "tool-calls" : mapped, stopSequence: null });
  choice.isOver = true;
  return events;
}

function readPart(part: Json, choice: Choice): AnswerEvent[] {
  const token = textOf(part["thoughtSignature"]);
  const call = part["functionCall"];
  if (isRecord(call)) return [...endThinking(choice, null), ...readCall(call, choice, token)];
  const inline = part["inlineData"];
  if (isRecord(inline) && typeof inline["data"] === "string") {
    const mediaType = textOf(inline["mimeType"]) ?? "image/png";
    return [...endThinking(choice, token), { type: "image", choice: choice.at, mediaType, data: inline["data"] }];
  }
  const { text } = part;
  if (typeof text !== "string") return [];
  if (part["thought"] === true) {
    choice.isThinking = true;
    const thought: AnswerEvent[] = text === "" ? [] : [{ type: "reasoning", choice: choice.at, text }];
    return token === null ? thought : [...thought, ...endThinking(choice, token)];
  }
  const ended = endThinking(choice, token);
  return text === "" ? ended : [...ended, { type: "text", choice: choice.at, text }];
}

/** Thoughts end with their signature, or with whatever else comes. A signature may come without any thought shown. */
function endThinking(choice: Choice, token: string | null): AnswerEvent[] {
  if (!choice.isThinking && token === null) return [];
  choice.isThinking = false;
  const signature = token === null ? null : { format: "gemini" as const, value: token };
  return [{ type: "reasoning-end", choice: choice.at, signature, isRedacted: false }];
}

function readCall(call: Json, choice: Choice, token: string | null): AnswerEvent[] {
  const name = textOf(call["name"]) ?? "";
  const { at, calls: index } = choice;
  choice.calls += 1;
  const id = textOf(call["id"]) ?? `call_${at}_${index}`;
  return [
    { type: "tool-start", choice: at, index, id, name },
    { type: "tool-arguments", choice: at, index, text: JSON.stringify(isRecord(call["args"]) ? call["args"] : {}) },
    { type: "tool-end", choice: at, index, signature: token === null ? null : { format: "gemini", value: token } },
  ];
}

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function isBlocked(value: Json): boolean {
  const feedback = value["promptFeedback"];
  return isRecord(feedback) && typeof feedback["blockReason"] === "string";
}

function readError(value: Json): InBandError | null {
  const { error } = value;
  return isRecord(error) ? { code: safeToken(textOf(error["status"])?.toLowerCase()), type: null } : null;
}

/** Sources of a grounded answer, which Google gives for the whole of it. */
function readCitations(candidate: Json, choice: number): AnswerEvent[] {
  const grounding = candidate["groundingMetadata"];
  const chunks = isRecord(grounding) ? grounding["groundingChunks"] : null;
  if (!Array.isArray(chunks)) return [];
  return chunks.flatMap((chunk: unknown): AnswerEvent[] => {
    const web = isRecord(chunk) ? chunk["web"] : null;
    if (!isRecord(web)) return [];
    const citation: Citation = {
      url: textOf(web["uri"]),
      title: textOf(web["title"]),
      citedText: null,
      start: null,
      end: null,
    };
    return [{ type: "citation", choice, citation }];
  });
}

/** Google gives a chunk's log probabilities beside its parts: they go with the chunk's first text. */
function withLogprobs(events: AnswerEvent[], result: unknown): void {
  if (!isRecord(result) || !Array.isArray(result["chosenCandidates"])) return;
  const tops = Array.isArray(result["topCandidates"]) ? result["topCandidates"] : [];
  const at = events.findIndex((event) => event.type === "text");
  const event = events[at];
  if (event?.type !== "text") return;
  const logprobs = result["chosenCandidates"].flatMap((chosen: unknown, index): TokenLogprob[] => {
    const read = readLogprob(chosen);
    if (!read) return [];
    const top: unknown = tops[index];
    const candidates = isRecord(top) && Array.isArray(top["candidates"]) ? top["candidates"] : [];
    return [{ ...read, top: candidates.flatMap((one: unknown) => readLogprob(one) ?? []) }];
  });
  events[at] = { ...event, logprobs };
}

function readLogprob(value: unknown): Omit<TokenLogprob, "top"> | null {
  if (!isRecord(value) || typeof value["token"] !== "string" || typeof value["logProbability"] !== "number")
    return null;
  return { token: value["token"], logprob: value["logProbability"], bytes: null };
}
