import type { EncodableEvent, MeteredUsage } from "../answer-events.ts";
import type { EncoderOptions, StreamEncoder } from "../codec.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import { encodeUsage } from "./encode-usage.ts";
import { DONE } from "./observe-stream.ts";
import { createDeltaWriter, type Json } from "./write-deltas.ts";

/** Says events as chat completion chunks. Usage comes in a chunk of its own before `[DONE]`, where the caller asked for it. */
export function createEncoder(options: EncoderOptions): StreamEncoder {
  const write = createDeltaWriter(options.request);
  const wantsUsage = options.includeUsage || options.request.includeCost;
  const begun = new Set<number>();
  let { requestId: id, model } = options;
  let usage: MeteredUsage | null = null;

  const chunk = (choices: readonly Json[], more: Json): string =>
    encodeEvent(
      JSON.stringify({ id, object: "chat.completion.chunk", created: options.createdSeconds, model, choices, ...more }),
    );

  return {
    encode(event: EncodableEvent) {
      if (event.type === "start") {
        id = event.id ?? id;
        model = event.model ?? model;
        return "";
      }
      if (event.type === "usage") {
        usage = event;
        return "";
      }
      const written = write(event);
      if (!written) return "";
      const { delta, logprobs, finishReason } = written;
      const index = event.choice;
      const role = begun.has(index) ? {} : { role: "assistant" };
      begun.add(index);
      const choice = { index, delta: { ...role, ...delta }, logprobs, finish_reason: finishReason };
      return chunk([choice], wantsUsage ? { usage: null } : {});
    },
    finish() {
      const last = usage && wantsUsage ? chunk([], { usage: encodeUsage(usage) }) : "";
      return last + encodeEvent(DONE);
    },
  };
}
