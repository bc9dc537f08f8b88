import type { AnswerEvent, FinishReason } from "../answer-events.ts";
import type { RawUsage } from "../events.ts";
import { isRecord } from "../parse-body.ts";
import { safeToken } from "../safe-token.ts";

type Values = Readonly<Record<string, unknown>>;

const REASONS: ReadonlyMap<unknown, FinishReason> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop-sequence"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool-calls"],
  ["pause_turn", "pause"],
  ["refusal", "refusal"],
]);
/** Anthropic's usage has about ten members; more than this are not kept. */
const USAGE_MEMBERS_MAXIMUM = 64;

/** The end of an answer, from `message_delta.delta` or a whole message. Null while it has none. */
export function readFinish(values: unknown): AnswerEvent | null {
  if (!isRecord(values)) return null;
  const { stop_reason: reason, stop_sequence: sequence } = values;
  if (typeof reason !== "string") return null;
  const stopSequence = typeof sequence === "string" ? sequence : null;
  return { type: "finish", choice: 0, reason: REASONS.get(reason) ?? "other", stopSequence };
}

/** `{ type: "error", error: { type, message } }`; null for anything else. */
export function readError(value: Values): AnswerEvent | null {
  if (value["type"] !== "error") return null;
  const error = isRecord(value["error"]) ? value["error"] : {};
  return { type: "error", error: { code: null, type: safeToken(error["type"]) } };
}

/** Reads what frames the blocks of one streamed answer: its names, its usage, its end. */
export interface MessageReader {
  /** `message_start.message`. The output that it names is no measure (G11), so usage lacks it until `change` tells. */
  start(message: unknown): readonly AnswerEvent[];
  /** `message_delta`: usage, and once the reason for the end. */
  change(value: Values): readonly AnswerEvent[];
  /** `message_stop`. */
  stop(): readonly AnswerEvent[];
  hasFinished(): boolean;
}

/** Makes a reader for one answer. A second start names nothing anew. */
export function createMessageReader(): MessageReader {
  let usage: RawUsage = {};
  let hasStarted = false;
  let hasFinished = false;

  /** Without a count of the output the rest is no usage: it would make a whole answer free. */
  const settle = (): readonly AnswerEvent[] =>
    usage["output_tokens"] === undefined ? [{ type: "usage", usage: {} }] : [];

  return {
    start(value) {
      const message = isRecord(value) ? value : {};
      const events: AnswerEvent[] = hasStarted ? [] : [readNames(message)];
      hasStarted = true;
      if (!isRecord(message["usage"]) || hasFinished) return events;
      const { output_tokens: _, output_tokens_details: __, ...input } = message["usage"];
      usage = mergeUsage(usage, input);
      return [...events, { type: "usage", usage }];
    },
    change(value) {
      const events: AnswerEvent[] = [];
      if (isRecord(value["usage"])) {
        usage = mergeUsage(usage, value["usage"]);
        events.push({ type: "usage", usage });
      }
      const finish = hasFinished ? null : readFinish(value["delta"]);
      if (!finish) return events;
      hasFinished = true;
      return [...events, ...settle(), finish];
    },
    stop: settle,
    hasFinished: () => hasFinished,
  };
}

/** The `start` event of a message. */
export function readNames({ id, model }: Values): AnswerEvent {
  return { type: "start", id: typeof id === "string" ? id : null, model: typeof model === "string" ? model : null };
}

/** Usage so far: later members override earlier ones, and null says nothing. Never summed (G15). */
function mergeUsage(before: RawUsage, next: Values): RawUsage {
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(next).slice(0, USAGE_MEMBERS_MAXIMUM)) {
    const isKnown = name in merged || Object.keys(merged).length < USAGE_MEMBERS_MAXIMUM;
    if (value !== null && value !== undefined && isKnown) merged[name] = value;
  }
  return merged;
}
