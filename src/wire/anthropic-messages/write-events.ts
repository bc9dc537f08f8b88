import type { EncodableEvent, FinishReason, MeteredUsage } from "../answer-events.ts";
import type { EncoderOptions } from "../codec.ts";
import { encodeUsage } from "./encode-usage.ts";
import type { StreamEvent } from "./stream-events.ts";
import { createBlockWriter, type BlockWriter } from "./write-blocks.ts";

type Events = readonly StreamEvent[];
type Finish = Extract<EncodableEvent, { type: "finish" }>;

const STOP_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  refusal: "refusal",
  pause: "pause_turn",
  other: "end_turn",
};

/** Says an answer in Anthropic's stream events: what a stream frames, and a whole message folds. */
export interface EventWriter {
  write(event: EncodableEvent): Events;
  finish(): Events;
}

/** Makes a writer for one answer. Usage comes with the end. Log probabilities, pictures and further choices have no place in this format. */
export function createEventWriter(options: EncoderOptions): EventWriter {
  const blocks = createBlockWriter();
  let hasStarted = false;
  let usage: MeteredUsage | null = null;
  let end: Finish | null = null;
  const seen = { tools: false, refusal: false };

  const start = (id: string | null, model: string | null): Events => {
    if (hasStarted) return [];
    hasStarted = true;
    return [startOf(id ?? options.requestId.replace(/^gen_/, "msg_"), model ?? options.model)];
  };

  return {
    write(event) {
      if (event.type === "start") return start(event.id, event.model);
      if (event.type === "usage") usage = event;
      if (!("choice" in event) || event.choice !== 0) return [];
      if (event.type === "finish") end ??= event;
      if (event.type === "tool-start") seen.tools = true;
      if (event.type === "refusal") seen.refusal = true;
      const said = say(event, blocks);
      return said.length === 0 ? said : [...start(null, null), ...said];
    },
    finish() {
      const delta = { stop_reason: stopReason(end, seen), stop_sequence: end?.stopSequence ?? null };
      return [
        ...start(null, null),
        ...blocks.closeAll(),
        { type: "message_delta", delta, usage: encodeUsage(usage?.units ?? {}, usage?.costUsd ?? null) },
        { type: "message_stop" },
      ];
    },
  };
}

function say(event: EncodableEvent, blocks: BlockWriter): Events {
  switch (event.type) {
    case "text":
    case "refusal":
      return event.text === "" ? [] : blocks.text(event.text);
    case "reasoning":
      return event.text === "" ? [] : blocks.thinking(event.text);
    case "reasoning-end":
      if (!event.isRedacted) return blocks.endThinking(event.signature);
      return event.signature ? blocks.redacted(event.signature) : [];
    case "tool-start":
      return blocks.startTool(event.index, event.id, event.name);
    case "tool-arguments":
      return blocks.growTool(event.index, event.text);
    case "tool-end":
      // A call's signature (Gemini) has no member here: it follows as a block of its own, which `decode-blocks.ts` reads back.
      return [...blocks.endTool(event.index), ...(event.signature ? blocks.redacted(event.signature) : [])];
    case "citation":
      return blocks.cite(event.citation);
    case "start":
    case "image":
    case "usage":
    case "finish":
      return [];
    default:
      return event satisfies never;
  }
}

/** Some providers end a turn of calls as they end any other; Anthropic's clients run the tools only at `tool_use`. */
function stopReason(end: Finish | null, seen: { readonly tools: boolean; readonly refusal: boolean }): string {
  const reason = end?.reason ?? "stop";
  if (seen.refusal) return STOP_REASONS.refusal;
  const endsTurn = reason === "stop" || reason === "other";
  return STOP_REASONS[endsTurn && seen.tools ? "tool-calls" : reason];
}

function startOf(id: string, model: string): StreamEvent {
  const message = {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 0, output_tokens: 0 },
  };
  return { type: "message_start", message };
}
