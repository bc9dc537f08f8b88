import type { EncodableEvent, MeteredUsage } from "../answer-events.ts";
import type { EncoderOptions, StreamEncoder } from "../codec.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import { encodeUsage } from "./encode-usage.ts";
import { DONE } from "./observe-stream.ts";
import { joinDelta } from "./join-deltas.ts";
import { createDeltaWriter, type ChoiceEvent, type Json, type WrittenDelta } from "./write-deltas.ts";

/** Says events as chat completion chunks. Usage comes in a chunk of its own before `[DONE]`, where the caller asked for it. */
export function createEncoder(options: EncoderOptions): StreamEncoder {
  const write = createDeltaWriter(options.request);
  const wantsUsage = options.includeUsage || options.request.includeCost;
  const begun = new Set<number>();
  let { requestId: id, model } = options;
  let usage: MeteredUsage | null = null;
  /** The start of a call, with its first piece: clients read a call's signature only where the call begins. */
  let held: ChoiceEvent[] = [];

  const chunk = (choices: readonly Json[], more: Json): string =>
    encodeEvent(
      JSON.stringify({ id, object: "chat.completion.chunk", created: options.createdSeconds, model, choices, ...more }),
    );

  const say = (index: number, { delta, logprobs, finishReason }: WrittenDelta): string => {
    const role = begun.has(index) ? {} : { role: "assistant" };
    begun.add(index);
    const choice = { index, delta: { ...role, ...delta }, logprobs, finish_reason: finishReason };
    return chunk([choice], wantsUsage ? { usage: null } : {});
  };

  const sayEvents = (events: readonly ChoiceEvent[]): string => {
    const [first] = events;
    const written = events.flatMap((event) => write(event) ?? []);
    const [only] = written;
    if (!first || !only) return "";
    if (written.length === 1) return say(first.choice, only);
    const delta = {};
    for (const one of written) joinDelta(delta, one.delta);
    return say(first.choice, { delta, logprobs: null, finishReason: null });
  };

  const release = (): string => {
    const events = held;
    held = [];
    return sayEvents(events);
  };

  const end = (): string => {
    const rest = release();
    return rest + (usage && wantsUsage ? chunk([], { usage: encodeUsage(usage) }) : "");
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
      if (event.type === "tool-start") {
        const before = release();
        held = [event];
        return before;
      }
      const isHeld = held[0]?.choice === event.choice;
      if (event.type === "tool-arguments" && isHeld && held.length === 1) {
        held.push(event);
        return "";
      }
      if (event.type === "tool-end" && isHeld) {
        held.push(event);
        return release();
      }
      return release() + sayEvents([event]);
    },
    finish: () => end() + encodeEvent(DONE),
    cut: end,
  };
}
