import type { AnswerEvent, Citation } from "../answer-events.ts";
import { isRecord } from "../parse-body.ts";

type Values = Readonly<Record<string, unknown>>;

/** Reads the content blocks of one answer as they start, grow and stop. A whole block starts full. */
export interface BlockReader {
  start(index: unknown, block: unknown): readonly AnswerEvent[];
  grow(index: unknown, delta: unknown): readonly AnswerEvent[];
  stop(index: unknown): readonly AnswerEvent[];
  /** Stops whatever is still open. */
  stopAll(): readonly AnswerEvent[];
}

type OpenBlock =
  | { readonly type: "text" }
  | { readonly type: "thinking"; signature: string }
  | { readonly type: "tool"; readonly tool: number; readonly input: unknown; hasArguments: boolean };

/** No answer holds more at once; Anthropic opens one at a time. */
const OPEN_BLOCKS_MAXIMUM = 256;
const NOTHING: readonly AnswerEvent[] = [];

/** Makes a reader for one answer. Blocks of server tools say nothing: what they found is cited by the text. */
export function createBlockReader(): BlockReader {
  const open = new Map<number, OpenBlock>();
  let tools = 0;

  const begin = (index: number, block: Values): readonly AnswerEvent[] => {
    const { type } = block;
    if (type === "text") {
      open.set(index, { type });
      const citations = Array.isArray(block["citations"]) ? block["citations"] : [];
      return [...textOf("text", block["text"]), ...citations.flatMap(citationOf)];
    }
    if (type === "thinking") {
      open.set(index, { type, signature: stringOf(block["signature"]) });
      return textOf("reasoning", block["thinking"]);
    }
    if (type === "redacted_thinking") return [reasoningEnd(stringOf(block["data"]), true)];
    if (type !== "tool_use") return NOTHING;
    const tool = tools;
    tools += 1;
    open.set(index, { type: "tool", tool, input: block["input"], hasArguments: false });
    return [{ type: "tool-start", choice: 0, index: tool, id: stringOf(block["id"]), name: stringOf(block["name"]) }];
  };

  const close = (index: number, block: OpenBlock): readonly AnswerEvent[] => {
    open.delete(index);
    if (block.type === "text") return NOTHING;
    if (block.type === "thinking") return [reasoningEnd(block.signature, false)];
    const end = { type: "tool-end", choice: 0, index: block.tool, signature: null } as const;
    const hasInput = !block.hasArguments && isRecord(block.input) && Object.keys(block.input).length > 0;
    if (!hasInput) return [end];
    return [{ type: "tool-arguments", choice: 0, index: block.tool, text: JSON.stringify(block.input) }, end];
  };

  return {
    start(index, block) {
      if (typeof index !== "number" || !isRecord(block) || open.size >= OPEN_BLOCKS_MAXIMUM) return NOTHING;
      return open.has(index) ? NOTHING : begin(index, block);
    },
    grow(index, delta) {
      const block = typeof index === "number" ? open.get(index) : undefined;
      if (!block || !isRecord(delta)) return NOTHING;
      if (block.type === "text") {
        if (delta["type"] === "citations_delta") return citationOf(delta["citation"]);
        return textOf("text", delta["text"]);
      }
      if (block.type === "thinking") {
        if (delta["type"] === "signature_delta") block.signature = stringOf(delta["signature"]);
        return textOf("reasoning", delta["thinking"]);
      }
      const text = stringOf(delta["partial_json"]);
      if (text === "") return NOTHING;
      block.hasArguments = true;
      return [{ type: "tool-arguments", choice: 0, index: block.tool, text }];
    },
    stop(index) {
      const block = typeof index === "number" ? open.get(index) : undefined;
      return block && typeof index === "number" ? close(index, block) : NOTHING;
    },
    stopAll: () => [...open].flatMap(([index, block]) => close(index, block)),
  };
}

const stringOf = (value: unknown): string => (typeof value === "string" ? value : "");

function textOf(type: "text" | "reasoning", value: unknown): readonly AnswerEvent[] {
  const text = stringOf(value);
  return text === "" ? NOTHING : [{ type, choice: 0, text }];
}

function reasoningEnd(value: string, isRedacted: boolean): AnswerEvent {
  const signature = value === "" ? null : ({ format: "anthropic-messages", value } as const);
  return { type: "reasoning-end", choice: 0, signature, isRedacted };
}

/** Of pages, characters and blocks in the caller's own documents only the title and the words have a counterpart. */
function citationOf(value: unknown): readonly AnswerEvent[] {
  if (!isRecord(value)) return NOTHING;
  const citation: Citation = {
    url: stringOf(value["url"]) || null,
    title: stringOf(value["title"]) || stringOf(value["document_title"]) || null,
    citedText: stringOf(value["cited_text"]) || null,
    start: null,
    end: null,
  };
  return [{ type: "citation", choice: 0, citation }];
}
