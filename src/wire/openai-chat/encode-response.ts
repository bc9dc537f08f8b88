import type { EncodableEvent, MeteredUsage } from "../answer-events.ts";
import type { EncoderOptions } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { encodeUsage } from "./encode-usage.ts";
import { joinDelta } from "./join-deltas.ts";
import { createDeltaWriter, type Json, type WrittenDelta } from "./write-deltas.ts";

interface Choice {
  readonly message: Record<string, unknown>;
  readonly logprobs: unknown[];
  finishReason: string | null;
}

/** Says a whole answer as a chat completion: its deltas, joined. */
export function encodeResponse(events: readonly EncodableEvent[], options: EncoderOptions): string {
  const write = createDeltaWriter(options.request);
  const choices = new Map<number, Choice>();
  let { requestId: id, model } = options;
  let usage: MeteredUsage | null = null;
  for (const event of events) {
    if (event.type === "start") {
      id = event.id ?? id;
      model = event.model ?? model;
    } else if (event.type === "usage") usage = event;
    else {
      const written = write(event);
      if (written) join(choiceOf(choices, event.choice), written);
    }
  }
  return JSON.stringify({
    id,
    object: "chat.completion",
    created: options.createdSeconds,
    model,
    choices: [...choices].toSorted(([left], [right]) => left - right).map(encodeChoice),
    ...(usage ? { usage: encodeUsage(usage) } : {}),
  });
}

function choiceOf(choices: Map<number, Choice>, index: number): Choice {
  const choice = choices.get(index) ?? { message: {}, logprobs: [], finishReason: null };
  choices.set(index, choice);
  return choice;
}

function encodeChoice([index, { message, logprobs, finishReason }]: readonly [number, Choice]): Json {
  const calls = message["tool_calls"];
  return {
    index,
    message: {
      role: "assistant",
      content: null,
      refusal: null,
      ...message,
      ...(Array.isArray(calls) ? { tool_calls: calls.map(withoutIndex) } : {}),
    },
    logprobs: logprobs.length === 0 ? null : { content: logprobs, refusal: null },
    finish_reason: finishReason,
  };
}

function withoutIndex(call: unknown): unknown {
  if (!isRecord(call)) return call;
  const { index: _, ...rest } = call;
  return rest;
}

function join(choice: Choice, { delta, logprobs, finishReason }: WrittenDelta): void {
  joinDelta(choice.message, delta);
  const content = logprobs?.["content"];
  if (Array.isArray(content)) choice.logprobs.push(...content);
  choice.finishReason = finishReason ?? choice.finishReason;
}
