import type { StreamDecoder } from "../codec.ts";
import { createChunkReader } from "./read-chunk.ts";

/** Reads a `:streamGenerateContent` stream. It has no last event: it is whole when every choice has finished. */
export function createDecoder(): StreamDecoder {
  const reader = createChunkReader();
  const counts = { chunks: 0, malformed: 0 };
  let hasFailed = false;
  return {
    see({ data }) {
      const events = reader.read(data);
      if (events === null) {
        counts.malformed += 1;
        return [];
      }
      counts.chunks += 1;
      if (events.some(({ type }) => type === "error")) hasFailed = true;
      return events;
    },
    seeForeign() {
      counts.malformed += 1;
    },
    end() {
      if (hasFailed) return "interrupted";
      if (reader.isFinished()) return "complete";
      return counts.chunks === 0 && counts.malformed > 0 ? "garbage" : "interrupted";
    },
    // Usage may still follow the finish, so that only the connection's end is the end.
    isOver: () => false,
  };
}
