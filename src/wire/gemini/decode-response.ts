import type { DecodedResponse } from "../codec.ts";
import { createChunkReader } from "./read-chunk.ts";

/** Reads a whole `:generateContent` answer. */
export function decodeResponse(text: string): DecodedResponse {
  const reader = createChunkReader();
  const events = reader.read(text);
  if (events === null) return { end: "garbage", events: [] };
  if (events.some(({ type }) => type === "error")) return { end: "interrupted", events };
  return { end: reader.isFinished() ? "complete" : "interrupted", events };
}
