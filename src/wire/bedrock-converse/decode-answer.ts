import type { AnswerEvent, FinishReason } from "../answer-events.ts";
import type { DecodedResponse, SourceEvent, StreamDecoder } from "../codec.ts";
import type { StreamEnd } from "../events.ts";
import type { Signature } from "../prompt.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { safeToken } from "../safe-token.ts";

type Json = Readonly<Record<string, unknown>>;

/** More content blocks than this in one answer are not read. */
const BLOCKS_MAXIMUM = 4_096;

const FINISH_REASONS: ReadonlyMap<unknown, FinishReason> = new Map<unknown, FinishReason>([
  ["end_turn", "stop"],
  ["stop_sequence", "stop-sequence"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool-calls"],
  ["content_filtered", "content-filter"],
  ["guardrail_intervened", "content-filter"],
  ["refusal", "refusal"],
]);

type Block =
  | { readonly type: "text" }
  | { readonly type: "tool"; readonly index: number }
  | { readonly type: "reasoning"; readonly isRedacted: boolean };

/** Reads a ConverseStream answer: events by name. Source: Bedrock API reference, ConverseStreamOutput. */
export const createDecoder = (): StreamDecoder => new ConverseDecoder();

class ConverseDecoder implements StreamDecoder {
  readonly #blocks = new Map<number, Block>();
  readonly #counts = { events: 0, malformed: 0, tools: 0 };
  #hasStopped = false;
  #hasUsage = false;
  #hasFailed = false;
  #signature: string | null = null;

  see({ data, event }: SourceEvent): readonly AnswerEvent[] {
    const value = parseJson(data);
    if (!isRecord(value)) {
      this.#counts.malformed += 1;
      return [];
    }
    this.#counts.events += 1;
    return this.#read(event, value);
  }

  seeForeign(): void {
    this.#counts.malformed += 1;
  }

  end(): StreamEnd {
    if (this.#hasFailed) return "interrupted";
    if (this.#hasStopped) return "complete";
    return this.#counts.events === 0 && this.#counts.malformed > 0 ? "garbage" : "interrupted";
  }

  isOver(): boolean {
    return this.#hasStopped && this.#hasUsage;
  }

  #read(name: string | undefined, value: Json): readonly AnswerEvent[] {
    if (name === "metadata" && isRecord(value["usage"])) {
      this.#hasUsage = true;
      return [{ type: "usage", usage: value["usage"] }];
    }
    if (name === undefined || this.#hasStopped) return [];
    if (name === "messageStart") return [{ type: "start", id: null, model: null }];
    if (name === "contentBlockStart") return this.#startBlock(value);
    if (name === "contentBlockDelta") return this.#readDelta(value);
    if (name === "contentBlockStop") return this.#stopBlock(value);
    if (name === "messageStop") {
      this.#hasStopped = true;
      return [finishOf(value)];
    }
    if (!name.endsWith("Exception")) return [];
    this.#hasFailed = true;
    return [{ type: "error", error: { code: exceptionCode(name), type: null } }];
  }

  #startBlock(value: Json): readonly AnswerEvent[] {
    const at = blockIndex(value);
    const { start } = value;
    const tool = isRecord(start) ? start["toolUse"] : null;
    if (at === null || !isRecord(tool)) return [];
    const index = this.#counts.tools;
    this.#counts.tools += 1;
    this.#blocks.set(at, { type: "tool", index });
    return [{ type: "tool-start", choice: 0, index, id: textOf(tool["toolUseId"]), name: textOf(tool["name"]) }];
  }

  #readDelta(value: Json): readonly AnswerEvent[] {
    const at = blockIndex(value);
    const { delta } = value;
    if (at === null || !isRecord(delta)) return [];
    if (typeof delta["text"] === "string") {
      this.#blocks.set(at, { type: "text" });
      return delta["text"] === "" ? [] : [{ type: "text", choice: 0, text: delta["text"] }];
    }
    const block = this.#blocks.get(at);
    const tool = delta["toolUse"];
    if (isRecord(tool) && block?.type === "tool") {
      return [{ type: "tool-arguments", choice: 0, index: block.index, text: textOf(tool["input"]) }];
    }
    const reasoning = delta["reasoningContent"];
    if (!isRecord(reasoning)) return [];
    const isRedacted = typeof reasoning["redactedContent"] === "string";
    this.#blocks.set(at, { type: "reasoning", isRedacted });
    if (typeof reasoning["signature"] === "string") this.#signature = reasoning["signature"];
    if (typeof reasoning["redactedContent"] === "string") {
      return [{ type: "reasoning-end", choice: 0, signature: signed(reasoning["redactedContent"]), isRedacted: true }];
    }
    const text = textOf(reasoning["text"]);
    return text === "" ? [] : [{ type: "reasoning", choice: 0, text }];
  }

  #stopBlock(value: Json): readonly AnswerEvent[] {
    const at = blockIndex(value) ?? -1;
    const block = this.#blocks.get(at);
    this.#blocks.delete(at);
    if (block?.type === "tool") return [{ type: "tool-end", choice: 0, index: block.index, signature: null }];
    if (block?.type !== "reasoning" || block.isRedacted) return [];
    // Models other than Claude sign nothing.
    const signature = this.#signature === null ? null : signed(this.#signature);
    this.#signature = null;
    return [{ type: "reasoning-end", choice: 0, signature, isRedacted: false }];
  }
}

/** Reads a whole Converse answer. */
export function decodeResponse(text: string): DecodedResponse {
  const value = parseJson(text);
  const output = isRecord(value) ? value["output"] : null;
  const message = isRecord(output) ? output["message"] : null;
  const content = isRecord(message) ? message["content"] : null;
  if (!isRecord(value) || !Array.isArray(content)) return { end: "garbage", events: [] };
  const events: AnswerEvent[] = [{ type: "start", id: null, model: null }];
  let tools = 0;
  for (const block of content.slice(0, BLOCKS_MAXIMUM)) {
    if (!isRecord(block)) continue;
    const read = readBlock(block, tools);
    if (read.some(({ type }) => type === "tool-start")) tools += 1;
    events.push(...read);
  }
  if (isRecord(value["usage"])) events.push({ type: "usage", usage: value["usage"] });
  events.push(finishOf(value));
  return { end: "complete", events };
}

function readBlock(block: Json, index: number): readonly AnswerEvent[] {
  if (typeof block["text"] === "string") return [{ type: "text", choice: 0, text: block["text"] }];
  const tool = block["toolUse"];
  if (isRecord(tool)) {
    return [
      { type: "tool-start", choice: 0, index, id: textOf(tool["toolUseId"]), name: textOf(tool["name"]) },
      { type: "tool-arguments", choice: 0, index, text: JSON.stringify(tool["input"] ?? {}) },
      { type: "tool-end", choice: 0, index, signature: null },
    ];
  }
  const reasoning = block["reasoningContent"];
  if (!isRecord(reasoning)) return [];
  if (typeof reasoning["redactedContent"] === "string") {
    return [{ type: "reasoning-end", choice: 0, signature: signed(reasoning["redactedContent"]), isRedacted: true }];
  }
  const shown = reasoning["reasoningText"];
  if (!isRecord(shown)) return [];
  const signature = typeof shown["signature"] === "string" ? signed(shown["signature"]) : null;
  return [
    { type: "reasoning", choice: 0, text: textOf(shown["text"]) },
    { type: "reasoning-end", choice: 0, signature, isRedacted: false },
  ];
}

function finishOf(value: Json): AnswerEvent {
  const reason = FINISH_REASONS.get(value["stopReason"]) ?? "other";
  return { type: "finish", choice: 0, reason, stopSequence: null };
}

function blockIndex(value: Json): number | null {
  const at = value["contentBlockIndex"];
  return typeof at === "number" && Number.isInteger(at) && at >= 0 && at < BLOCKS_MAXIMUM ? at : null;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const signed = (value: string): Signature => ({ format: "bedrock-converse", value });

/** `throttlingException` as `throttling_exception`: a name that the safe tokens of ours can be. */
const exceptionCode = (name: string): string | null =>
  safeToken(name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, ""));
