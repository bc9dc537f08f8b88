import type { Citation, EncodableEvent, FinishReason, TokenLogprob } from "../answer-events.ts";
import type { TextRequest } from "../text-request.ts";
import { signatureText } from "../signature.ts";
import { writeReasoningDetail } from "./reasoning-details.ts";

export type Json = Readonly<Record<string, unknown>>;
export type ChoiceEvent = Exclude<EncodableEvent, { type: "start" | "usage" }>;

/** What one event adds to a choice. */
export interface WrittenDelta {
  readonly delta: Json;
  readonly logprobs: Json | null;
  readonly finishReason: string | null;
}

const NOTHING_SAID = { logprobs: null, finishReason: null };

const FINISH_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: "stop",
  "stop-sequence": "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  refusal: "content_filter",
  pause: "stop",
  other: "stop",
};

/** Says the events of one answer as deltas; null where the format says nothing of an event. */
export function createDeltaWriter({ uses }: Pick<TextRequest, "uses">): (event: ChoiceEvent) => WrittenDelta | null {
  // Who asks in the deprecated words reads the answer in no others.
  const isLegacy = uses.get("tools") === "functions";
  /** Per choice: which block of reasoning is being said, and whether a refusal was put into words. */
  const blocks = new Map<number, number>();
  const refused = new Set<number>();
  /** Calls of which no argument has been said yet. */
  const bare = new Set<string>();

  const write = (event: Exclude<ChoiceEvent, { type: "finish" }>): Json | null => {
    const block = blocks.get(event.choice) ?? 0;
    switch (event.type) {
      case "text":
        return event.text === "" ? null : { content: event.text };
      case "refusal":
        refused.add(event.choice);
        return { refusal: event.text };
      case "reasoning":
        return {
          reasoning_content: event.text,
          reasoning_details: [writeReasoningDetail({ ...event, signature: null, isRedacted: false, index: block })],
        };
      case "reasoning-end":
        blocks.set(event.choice, block + 1);
        return event.signature
          ? { reasoning_details: [writeReasoningDetail({ ...event, text: "", index: block })] }
          : null;
      case "citation":
        return event.citation.url === null ? null : { annotations: [writeCitation(event.citation)] };
      case "image":
        return {
          images: [{ type: "image_url", image_url: { url: `data:${event.mediaType};base64,${event.data}` } }],
        };
      case "tool-start":
      case "tool-arguments":
      case "tool-end":
      default:
        return writeCall(event, isLegacy, argumentsOf(event));
    }
  };

  return (event) => {
    if (event.type === "finish") return { delta: {}, logprobs: null, finishReason: finishReason(event) };
    const delta = write(event);
    const logprobs = event.type === "text" && event.logprobs ? writeLogprobs(event.logprobs) : null;
    return delta && { ...NOTHING_SAID, delta, logprobs };
  };

  /** None at all are `{}`: clients parse what they get. */
  function argumentsOf(event: CallEvent): string {
    const name = `${event.choice}:${event.index}`;
    if (event.type === "tool-start") bare.add(name);
    else if (event.type === "tool-end") return bare.delete(name) ? "{}" : "";
    else if (event.text !== "") bare.delete(name);
    return event.type === "tool-arguments" ? event.text : "";
  }

  function finishReason({ reason, choice }: Extract<ChoiceEvent, { type: "finish" }>): string {
    if (reason === "refusal" && refused.has(choice)) return "stop";
    return reason === "tool-calls" && isLegacy ? "function_call" : FINISH_REASONS[reason];
  }
}

type CallEvent = Extract<ChoiceEvent, { type: "tool-start" | "tool-arguments" | "tool-end" }>;

function writeCall(event: CallEvent, isLegacy: boolean, text: string): Json | null {
  const { index } = event;
  const called = event.type === "tool-start" ? { name: event.name, arguments: text } : { arguments: text };
  const signature = event.type === "tool-end" ? event.signature : null;
  if (event.type === "tool-end" && text === "" && !signature) return null;
  // The deprecated shape holds one call and no signature.
  if (isLegacy) return index > 0 ? null : { function_call: called };
  if (event.type === "tool-start") return { tool_calls: [{ index, id: event.id, type: "function", function: called }] };
  if (!signature) return { tool_calls: [{ index, function: called }] };
  const google = { thought_signature: signatureText(signature, "openai-chat") };
  return { tool_calls: [{ index, function: called, extra_content: { google } }] };
}

function writeCitation({ url, title, citedText, start, end }: Citation): Json {
  const cited = { url, title: title ?? url, start_index: start ?? 0, end_index: end ?? 0 };
  return { type: "url_citation", url_citation: citedText === null ? cited : { ...cited, content: citedText } };
}

function writeLogprobs(entries: readonly TokenLogprob[]): Json {
  return {
    content: entries.map(({ top, ...entry }) => ({ ...entry, top_logprobs: top })),
    refusal: null,
  };
}
