import type { AnswerEvent } from "../answer-events.ts";
import { createCallReader } from "./read-calls.ts";
import { createMessageReader, type MessageReader } from "./read-message.ts";
import { createReasoningReader, type ReasoningReader } from "./read-reasoning.ts";
import { isBilledSearch, textOf, type Json } from "./read-response.ts";

/** Reads the items of one output. `key` is an item's id, or its place where it has none. */
export interface ItemReader {
  readonly message: MessageReader;
  readonly reasoning: ReasoningReader;
  begin(key: unknown, item: Json): readonly AnswerEvent[];
  /** A piece of the arguments of a call. */
  call(key: unknown, piece: unknown): readonly AnswerEvent[];
  done(key: unknown, item: Json): readonly AnswerEvent[];
  counts(): { readonly items: number; readonly calls: number; readonly searches: number };
}

/** Makes a reader for one answer. Messages and reasoning come one after the other; only calls may overlap. */
export function createItemReader(): ItemReader {
  const calls = createCallReader();
  const message = createMessageReader();
  const reasoning = createReasoningReader();
  const counts = { items: 0, searches: 0 };
  return {
    message,
    reasoning,
    begin(key, item) {
      counts.items += 1;
      const { type } = item;
      if (type === "function_call" || type === "custom_tool_call") return calls.begin(key, item);
      if (type === "message") message.begin();
      else if (type === "reasoning") reasoning.begin();
      return [];
    },
    call: (key, piece) => calls.piece(key, textOf(piece) ?? ""),
    done(key, item) {
      counts.items += 1;
      if (isBilledSearch(item)) counts.searches += 1;
      switch (item["type"]) {
        case "function_call":
        case "custom_tool_call":
          return calls.done(key, item);
        case "message":
          return message.done(item);
        case "reasoning":
          return reasoning.done(item);
        case "image_generation_call":
          return readImage(item);
        default:
          return [];
      }
    },
    counts: () => ({ ...counts, calls: calls.count() }),
  };
}

function readImage(item: Json): readonly AnswerEvent[] {
  const data = textOf(item["result"]);
  if (data === null) return [];
  return [{ type: "image", choice: 0, mediaType: `image/${textOf(item["output_format"]) ?? "png"}`, data }];
}
