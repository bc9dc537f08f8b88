import type { Citation, EncodableEvent, MeteredUsage } from "../answer-events.ts";
import type { EncoderOptions, StreamEncoder } from "../codec.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import { createCandidateWriter, encodeGrounding, type Part } from "./write-candidates.ts";
import { encodeUsage } from "./encode-usage.ts";

/** Says events as the chunks of `:streamGenerateContent?alt=sse`. The finish, the sources and the usage come with the last chunk. */
export function createEncoder(options: EncoderOptions): StreamEncoder {
  const writer = createCandidateWriter();
  let id = options.requestId;
  let model = options.model;
  let usage: MeteredUsage | null = null;
  const citations = new Map<number, Citation[]>();
  const finishes: { readonly index: number; readonly finishReason: string }[] = [];

  const chunk = (members: Readonly<Record<string, unknown>>): string =>
    encodeEvent(JSON.stringify({ ...members, modelVersion: model, responseId: id }));
  const say = (index: number, parts: readonly Part[]): string =>
    parts.length === 0 ? "" : chunk({ candidates: [{ content: { parts, role: "model" }, index }] });

  const finish = (): string => {
    const candidates = finishes.map(({ index, finishReason }) => ({
      content: { parts: [{ text: "" }], role: "model" },
      finishReason,
      index,
      groundingMetadata: citations.has(index) ? encodeGrounding(citations.get(index) ?? []) : undefined,
    }));
    return chunk({ candidates, ...(usage ? { usageMetadata: encodeUsage(usage) } : {}) });
  };

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
      if (event.type === "finish") {
        finishes.push({ index: event.choice, finishReason: writer.finishReason(event) });
        return say(event.choice, writer.flush(event.choice));
      }
      if (event.type === "citation") {
        citations.set(event.choice, [...(citations.get(event.choice) ?? []), event.citation]);
        return "";
      }
      return say(event.choice, writer.write(event));
    },
    finish,
    // Its readers know a whole answer by the finish alone.
    cut: finish,
  };
}
