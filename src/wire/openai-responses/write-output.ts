import type { EncodableEvent } from "../answer-events.ts";
import { createCallWriter } from "./write-calls.ts";
import { createMessageWriter } from "./write-message.ts";
import { createReasoningWriter } from "./write-reasoning.ts";
import type { Json } from "./read-response.ts";

/** Takes an event of the stream of one item: its type without `response.`, and its members. */
export type Emit = (type: string, members: Json) => void;

/** The items of one output, in their order, and the events that tell of them. */
export interface ItemList {
  /** Begins an item at the next place. */
  add(item: Json & { readonly id: string }): number;
  /** Ends the item of a place. */
  done(at: number, item: Json): void;
  /** An id of its own for the next item. */
  newId(prefix: string): string;
  readonly emit: Emit;
}

/** Turns the events of an answer into output items. Of several answers a response holds the first. */
export interface OutputWriter {
  write(event: EncodableEvent): void;
  /** Ends what is open. */
  close(): void;
  items(): readonly Json[];
  hasRefusal(): boolean;
}

/** `suffix` makes the ids unique: they come back in later requests. `customTools` names the tools that take plain text. */
export function createOutputWriter(suffix: string, customTools: ReadonlySet<string>, emit: Emit): OutputWriter {
  const items: Json[] = [];
  const list: ItemList = {
    emit,
    newId: (prefix) => `${prefix}_${suffix}_${items.length}`,
    add(item) {
      const at = items.push(item) - 1;
      emit("output_item.added", { output_index: at, item });
      return at;
    },
    done(at, item) {
      items[at] = item;
      emit("output_item.done", { output_index: at, item });
    },
  };
  const message = createMessageWriter(list);
  const reasoning = createReasoningWriter(list);
  const calls = createCallWriter(list, customTools);

  const write = (event: EncodableEvent): void => {
    switch (event.type) {
      case "text":
      case "refusal":
        reasoning.end(null);
        return message.say(event);
      case "citation":
        return message.cite(event.citation);
      case "reasoning":
        message.close();
        return reasoning.say(event.text);
      case "reasoning-end":
        if (event.signature) message.close();
        return reasoning.end(event.signature);
      case "tool-start":
        message.close();
        reasoning.end(null);
        return calls.start(event.index, event.id, event.name);
      case "tool-arguments":
        return calls.say(event.index, event.text);
      case "tool-end":
        calls.end(event.index);
        // A call has no member for a signature: an item of nothing else carries it, and `decode-items.ts` reads it back.
        return event.signature ? reasoning.end(event.signature) : undefined;
      case "image":
        message.close();
        reasoning.end(null);
        return writeImage(list, event.mediaType, event.data);
      case "start":
      case "usage":
      case "finish":
      default:
    }
  };

  return {
    write(event) {
      if ("choice" in event && event.choice !== 0) return;
      write(event);
    },
    close() {
      message.close();
      reasoning.end(null);
      calls.close();
    },
    items: () => items,
    hasRefusal: () => message.hasRefusal(),
  };
}

function writeImage(list: ItemList, mediaType: string, data: string): void {
  const item = { id: list.newId("ig"), type: "image_generation_call" };
  const at = list.add({ ...item, status: "in_progress", result: null });
  const format = mediaType.startsWith("image/") ? { output_format: mediaType.slice("image/".length) } : {};
  list.done(at, { ...item, status: "completed", result: data, ...format });
}
