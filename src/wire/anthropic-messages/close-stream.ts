import type { StreamCloser } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import { encodeUsage } from "./encode-usage.ts";
import type { StreamEvent } from "./stream-events.ts";

/** Events of a block that is open after them. */
const IN_BLOCK: ReadonlySet<unknown> = new Set(["content_block_start", "content_block_delta"]);

/** Ends a stream of messages that passed through: closes the block that is open, and says why it stops and what it came to. */
export function createCloser(): StreamCloser {
  let last = "";
  return {
    see({ data, event }) {
      if (event !== "ping") last = data;
    },
    close({ usage, choices }) {
      const seen = parseJson(last);
      // No event of a message makes sense before its start, nor a second end after the first.
      if (!isRecord(seen) || choices.length === 0) return "";
      const index = IN_BLOCK.has(seen["type"]) && typeof seen["index"] === "number" ? seen["index"] : null;
      const events: readonly StreamEvent[] = [
        ...(index === null ? [] : [{ type: "content_block_stop" as const, index }]),
        {
          type: "message_delta",
          delta: { stop_reason: "max_tokens", stop_sequence: null },
          usage: encodeUsage(usage.units, usage.costUsd),
        },
      ];
      return events.map((event) => encodeEvent(JSON.stringify(event), event.type)).join("");
    },
  };
}
