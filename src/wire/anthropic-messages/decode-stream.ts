import type { AnswerEvent } from "../answer-events.ts";
import type { StreamDecoder } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { createBlockReader } from "./read-blocks.ts";
import { createMessageReader, readError } from "./read-message.ts";

type Values = Readonly<Record<string, unknown>>;

const NOTHING: readonly AnswerEvent[] = [];

/**
 * Reads a stream of `POST /v1/messages`. Events are told apart by the `type` in their data; pings and unknown types say
 * nothing, and no block grows once the answer has its end.
 */
export function createDecoder(): StreamDecoder {
  const blocks = createBlockReader();
  const message = createMessageReader();
  const counts = { known: 0, malformed: 0 };
  let hasFailed = false;
  let isOver = false;

  const read = (value: Values): readonly AnswerEvent[] => {
    switch (value["type"]) {
      case "message_start":
        return message.start(value["message"]);
      case "content_block_start":
        return message.hasFinished() ? NOTHING : blocks.start(value["index"], value["content_block"]);
      case "content_block_delta":
        return message.hasFinished() ? NOTHING : blocks.grow(value["index"], value["delta"]);
      case "content_block_stop":
        return blocks.stop(value["index"]);
      case "message_delta": {
        const changes = message.change(value);
        return message.hasFinished() ? [...blocks.stopAll(), ...changes] : changes;
      }
      case "message_stop":
        isOver = true;
        return [...blocks.stopAll(), ...message.stop()];
      default:
        return NOTHING;
    }
  };

  return {
    see({ data }) {
      if (isOver || hasFailed) return NOTHING;
      const value = parseJson(data);
      if (!isRecord(value) || typeof value["type"] !== "string") {
        counts.malformed += 1;
        return NOTHING;
      }
      counts.known += 1;
      const error = readError(value);
      hasFailed = error !== null;
      return error ? [error] : read(value);
    },
    seeForeign() {
      counts.malformed += 1;
    },
    end() {
      if (hasFailed) return "interrupted";
      if (counts.known === 0 && counts.malformed > 0) return "garbage";
      return isOver || message.hasFinished() ? "complete" : "interrupted";
    },
    isOver: () => isOver,
  };
}
