import type { EncodableEvent, FinishReason, MeteredUsage } from "../answer-events.ts";
import type { EncoderOptions, StreamEncoder } from "../codec.ts";
import { encodeUsage } from "../openai-chat/encode-usage.ts";
import { DONE } from "../openai-chat/observe-stream.ts";
import { encodeEvent } from "../sse/encode-event.ts";

type Json = Readonly<Record<string, unknown>>;

/** The endpoint has three reasons and text: reasoning, calls, pictures and sources have no place in it. */
const FINISH_REASONS: Partial<Record<FinishReason, string>> = {
  length: "length",
  "content-filter": "content_filter",
  refusal: "content_filter",
};

/** Says events as the chunks of a streamed `text_completion`. */
export function createEncoder(options: EncoderOptions): StreamEncoder {
  const wantsUsage = options.includeUsage || options.request.includeCost;
  const head = createHead(options);
  const chunk = (choices: readonly Json[], usage: Json | null): string =>
    encodeEvent(JSON.stringify({ ...head.members(), choices, ...(wantsUsage ? { usage } : {}) }));
  const end = (): string => {
    const usage = head.usage();
    return usage && wantsUsage ? chunk([], encodeUsage(usage)) : "";
  };
  return {
    encode(event: EncodableEvent) {
      head.see(event);
      if (event.type === "text" || event.type === "refusal") {
        return event.text === "" ? "" : chunk([choiceOf(event.choice, event.text, null)], null);
      }
      return event.type === "finish" ? chunk([choiceOf(event.choice, "", reasonOf(event.reason))], null) : "";
    },
    finish: () => end() + encodeEvent(DONE),
    cut: end,
  };
}

/** Says a whole answer as a `text_completion`. */
export function encodeResponse(events: readonly EncodableEvent[], options: EncoderOptions): string {
  const head = createHead(options);
  const texts = new Map<number, string>();
  const reasons = new Map<number, string>();
  for (const event of events) {
    head.see(event);
    if (event.type === "text" || event.type === "refusal") {
      texts.set(event.choice, (texts.get(event.choice) ?? "") + event.text);
    } else if (event.type === "finish") reasons.set(event.choice, reasonOf(event.reason));
  }
  const indexes = [...new Set([...texts.keys(), ...reasons.keys()])].toSorted((left, right) => left - right);
  const choices = indexes.map((index) => choiceOf(index, texts.get(index) ?? "", reasons.get(index) ?? null));
  const usage = head.usage();
  return JSON.stringify({ ...head.members(), choices, ...(usage ? { usage: encodeUsage(usage) } : {}) });
}

const reasonOf = (reason: FinishReason): string => FINISH_REASONS[reason] ?? "stop";

const choiceOf = (index: number, text: string, finishReason: string | null): Json => ({
  text,
  index,
  logprobs: null,
  finish_reason: finishReason,
});

/** What every chunk repeats, and the usage that comes last. */
function createHead({ requestId, model, createdSeconds }: EncoderOptions) {
  let members = { id: requestId, object: "text_completion", created: createdSeconds, model };
  let usage: MeteredUsage | null = null;
  return {
    see(event: EncodableEvent) {
      if (event.type === "start") members = { ...members, id: event.id ?? requestId, model: event.model ?? model };
      else if (event.type === "usage") usage = event;
    },
    members: () => members,
    usage: () => usage,
  };
}
