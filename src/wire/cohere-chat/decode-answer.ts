import type { AnswerEvent, Citation, FinishReason } from "../answer-events.ts";
import type { DecodedResponse, SourceEvent, StreamDecoder } from "../codec.ts";
import type { StreamEnd } from "../events.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";

type Json = Readonly<Record<string, unknown>>;

const INDEX_MAXIMUM = 4_096;

const FINISH_REASONS: ReadonlyMap<unknown, FinishReason> = new Map<unknown, FinishReason>([
  ["COMPLETE", "stop"],
  ["STOP_SEQUENCE", "stop-sequence"],
  ["MAX_TOKENS", "length"],
  ["TOOL_CALL", "tool-calls"],
]);
/** The provider's own failures, said as a finish. */
const FAILURES: ReadonlySet<unknown> = new Set(["ERROR", "TIMEOUT"]);

/** Reads a v2 chat stream: each event's `type` names it. Source: Cohere API reference, "Streaming". */
export const createDecoder = (): StreamDecoder => new CohereDecoder();

class CohereDecoder implements StreamDecoder {
  /** By Cohere's index: ours, which count from 0. */
  readonly #tools = new Map<number, number>();
  readonly #thinking = new Set<number>();
  readonly #counts = { events: 0, malformed: 0 };
  /** A plan is being told: what the model means to do with its tools. */
  #isPlanning = false;
  #isOver = false;
  #hasFailed = false;

  see({ data }: SourceEvent): readonly AnswerEvent[] {
    if (data.startsWith("[DONE]")) return [];
    const value = parseJson(data);
    if (!isRecord(value) || typeof value["type"] !== "string") {
      this.#counts.malformed += 1;
      return [];
    }
    this.#counts.events += 1;
    return this.#read(value["type"], value);
  }

  seeForeign(): void {
    this.#counts.malformed += 1;
  }

  end(): StreamEnd {
    if (this.#hasFailed) return "interrupted";
    if (this.#isOver) return "complete";
    return this.#counts.events === 0 && this.#counts.malformed > 0 ? "garbage" : "interrupted";
  }

  isOver(): boolean {
    return this.#isOver;
  }

  #read(type: string, value: Json): readonly AnswerEvent[] {
    const delta = recordOf(value["delta"]);
    const message = recordOf(delta["message"]);
    const at = indexOf(value);
    if (type === "message-start") return [{ type: "start", id: textOf(value["id"]), model: null }];
    if (type === "content-delta") return readContent(recordOf(message["content"]), () => this.#thinking.add(at));
    if (type === "content-end" && this.#thinking.delete(at)) return [THINKING_END];
    if (type === "tool-plan-delta") return this.#plan(textOf(message["tool_plan"]));
    if (type === "tool-call-start")
      return [...this.#endPlan(), ...this.#startTool(at, recordOf(message["tool_calls"]))];
    const index = this.#tools.get(at);
    if (type === "tool-call-delta" && index !== undefined) {
      const called = recordOf(recordOf(message["tool_calls"])["function"]);
      return [{ type: "tool-arguments", choice: 0, index, text: textOf(called["arguments"]) ?? "" }];
    }
    if (type === "tool-call-end" && index !== undefined) {
      return [{ type: "tool-end", choice: 0, index, signature: null }];
    }
    if (type === "citation-start") return readCitation(recordOf(message["citations"]));
    return type === "message-end" ? [...this.#endPlan(), ...this.#endMessage(delta)] : [];
  }

  #plan(text: string | null): readonly AnswerEvent[] {
    if (text === null) return [];
    this.#isPlanning = true;
    return [{ type: "reasoning", choice: 0, text }];
  }

  #endPlan(): readonly AnswerEvent[] {
    if (!this.#isPlanning) return [];
    this.#isPlanning = false;
    return [THINKING_END];
  }

  #startTool(at: number, call: Json): readonly AnswerEvent[] {
    const index = this.#tools.size;
    this.#tools.set(at, index);
    const called = recordOf(call["function"]);
    const name = textOf(called["name"]) ?? "";
    const start: AnswerEvent = {
      type: "tool-start",
      choice: 0,
      index,
      id: textOf(call["id"]) ?? `call_${index}`,
      name,
    };
    const text = textOf(called["arguments"]);
    return text === null ? [start] : [start, { type: "tool-arguments", choice: 0, index, text }];
  }

  #endMessage(delta: Json): readonly AnswerEvent[] {
    const reason = delta["finish_reason"];
    this.#isOver = true;
    this.#hasFailed = FAILURES.has(reason);
    if (this.#hasFailed) return [{ type: "error", error: { code: null, type: null } }];
    const usage = delta["usage"];
    return [...(isRecord(usage) ? [{ type: "usage", usage } as const] : []), finishOf(reason)];
  }
}

/** Reads a whole v2 chat answer. */
export function decodeResponse(text: string): DecodedResponse {
  const value = parseJson(text);
  if (!isRecord(value) || !isRecord(value["message"])) return { end: "garbage", events: [] };
  const { message } = value;
  const reason = value["finish_reason"];
  if (FAILURES.has(reason)) {
    return { end: "interrupted", events: [{ type: "error", error: { code: null, type: null } }] };
  }
  const events: AnswerEvent[] = [{ type: "start", id: textOf(value["id"]), model: null }];
  for (const content of listOf(message["content"])) {
    let isThinking = false;
    events.push(
      ...readContent(recordOf(content), () => {
        isThinking = true;
      }),
    );
    if (isThinking) events.push(THINKING_END);
  }
  const plan = textOf(message["tool_plan"]);
  if (plan !== null) events.push({ type: "reasoning", choice: 0, text: plan }, THINKING_END);
  for (const [index, call] of listOf(message["tool_calls"]).slice(0, INDEX_MAXIMUM).entries()) {
    const called = recordOf(recordOf(call)["function"]);
    const id = textOf(recordOf(call)["id"]) ?? `call_${index}`;
    events.push(
      { type: "tool-start", choice: 0, index, id, name: textOf(called["name"]) ?? "" },
      { type: "tool-arguments", choice: 0, index, text: textOf(called["arguments"]) ?? "" },
      { type: "tool-end", choice: 0, index, signature: null },
    );
  }
  for (const citation of listOf(message["citations"])) events.push(...readCitation(recordOf(citation)));
  if (isRecord(value["usage"])) events.push({ type: "usage", usage: value["usage"] });
  events.push(finishOf(reason));
  return { end: "complete", events };
}

/** Cohere signs no reasoning: what ends it is only its end. */
const THINKING_END: AnswerEvent = { type: "reasoning-end", choice: 0, signature: null, isRedacted: false };

function readContent(content: Json, onThinking: () => void): readonly AnswerEvent[] {
  const thinking = textOf(content["thinking"]);
  if (thinking !== null) {
    onThinking();
    return [{ type: "reasoning", choice: 0, text: thinking }];
  }
  const text = textOf(content["text"]);
  return text === null ? [] : [{ type: "text", choice: 0, text }];
}

function readCitation(value: Json): readonly AnswerEvent[] {
  const source = recordOf(listOf(value["sources"])[0]);
  const document = recordOf(source["document"]);
  const citation: Citation = {
    url: textOf(document["url"]),
    title: textOf(document["title"]) ?? textOf(source["id"]),
    citedText: textOf(value["text"]),
    start: numberOf(value["start"]),
    end: numberOf(value["end"]),
  };
  return [{ type: "citation", choice: 0, citation }];
}

const finishOf = (reason: unknown): AnswerEvent => ({
  type: "finish",
  choice: 0,
  reason: FINISH_REASONS.get(reason) ?? "other",
  stopSequence: null,
});

const NOTHING: Json = {};
const recordOf = (value: unknown): Json => (isRecord(value) ? value : NOTHING);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);

function indexOf(value: Json): number {
  const at = value["index"];
  return typeof at === "number" && Number.isInteger(at) && at >= 0 && at < INDEX_MAXIMUM ? at : 0;
}
