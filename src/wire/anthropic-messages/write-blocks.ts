import type { Citation } from "../answer-events.ts";
import type { Signature } from "../prompt.ts";
import { signatureText } from "../signature.ts";
import { FOREIGN_MARK, UNSIGNED } from "./foreign-reasoning.ts";
import type { Block, StreamEvent } from "./stream-events.ts";

type Events = readonly StreamEvent[];

const FORMAT = "anthropic-messages";

/**
 * Opens and closes the content blocks of one answer. A tool's block stays open until the tool's end, as calls may grow
 * side by side; text and thinking are closed by whatever follows.
 */
export interface BlockWriter {
  text(text: string): Events;
  thinking(text: string): Events;
  /** Ends a block of thinking. Without a signature and without a block there is nothing to end. */
  endThinking(signature: Signature | null): Events;
  redacted(signature: Signature): Events;
  startTool(tool: number, id: string, name: string): Events;
  growTool(tool: number, text: string): Events;
  endTool(tool: number): Events;
  cite(citation: Citation): Events;
  closeAll(): Events;
}

/** Makes a writer for one answer. */
export function createBlockWriter(): BlockWriter {
  const tools = new Map<number, number>();
  let blocks = 0;
  let open: { readonly type: "text" | "thinking"; readonly index: number } | null = null;

  const begin = (block: Block): StreamEvent => {
    blocks += 1;
    return { type: "content_block_start", index: blocks - 1, content_block: block };
  };
  /** Thinking that nobody signed gets a mark, so that it comes back to nobody who would refuse it. */
  const close = (signature: string = UNSIGNED): Events => {
    if (!open) return [];
    const { type, index } = open;
    open = null;
    const stop: StreamEvent = { type: "content_block_stop", index };
    if (type === "text") return [stop];
    return [{ type: "content_block_delta", index, delta: { type: "signature_delta", signature } }, stop];
  };
  /** Returns where the block of this type is, and what opens it where it was not open. */
  const enter = (type: "text" | "thinking"): { readonly index: number; readonly events: Events } => {
    if (open?.type === type) return { index: open.index, events: [] };
    const closing = close();
    open = { type, index: blocks };
    const block: Block = type === "text" ? { type, text: "" } : { type, thinking: "", signature: "" };
    return { index: open.index, events: [...closing, begin(block)] };
  };
  const endTool = (tool: number): Events => {
    const index = tools.get(tool);
    tools.delete(tool);
    return index === undefined ? [] : [{ type: "content_block_stop", index }];
  };

  return {
    text(text) {
      const { index, events } = enter("text");
      return [...events, { type: "content_block_delta", index, delta: { type: "text_delta", text } }];
    },
    thinking(text) {
      const { index, events } = enter("thinking");
      return [...events, { type: "content_block_delta", index, delta: { type: "thinking_delta", thinking: text } }];
    },
    endThinking(signature) {
      if (signature === null) return open?.type === "thinking" ? close() : [];
      return [...enter("thinking").events, ...close(signatureText(signature, FORMAT))];
    },
    redacted(signature) {
      const closing = close();
      const start = begin({ type: "redacted_thinking", data: signatureText(signature, FORMAT) });
      return [...closing, start, { type: "content_block_stop", index: blocks - 1 }];
    },
    startTool(tool, id, name) {
      const closing = close();
      tools.set(tool, blocks);
      return [...closing, begin({ type: "tool_use", id, name, input: {} })];
    },
    growTool(tool, text) {
      const index = tools.get(tool);
      if (index === undefined || text === "") return [];
      return [{ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: text } }];
    },
    endTool,
    cite({ url, title, citedText }) {
      if (open?.type !== "text" || url === null) return [];
      const cited = { url, title, cited_text: citedText ?? "", encrypted_index: FOREIGN_MARK };
      const citation = { type: "web_search_result_location", ...cited };
      return [{ type: "content_block_delta", index: open.index, delta: { type: "citations_delta", citation } }];
    },
    closeAll: () => [...close(), ...[...tools.keys()].flatMap(endTool)],
  };
}
