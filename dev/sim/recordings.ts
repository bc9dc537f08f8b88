import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Directives } from "./directives.ts";
import { type Frames, type Framing, NAMED_SSE, SSE, SSE_WITH_DONE } from "./framing.ts";

export type Recording =
  | { readonly ok: false; readonly message: string }
  | { readonly ok: true; readonly status: number; readonly contentType: string; readonly frames: Frames };

const RECORDING_MAX_BYTES = 16_777_216;
const EVENT_STREAM = "text/event-stream; charset=utf-8";

/** Folders whose streams end with `data: [DONE]`; the others name their events by the JSON's `type`. */
const WITH_DONE = /^(?:openai|groq|mistral|deepseek|xai)-chat\//;

/**
 * Reads a recorded answer below one of the folders. `.chunks.txt` holds one event's JSON per line and gets its framing
 * here; `.sse` is sent byte for byte; `.json` is a whole body, with status 400 when it is an error.
 */
export function readRecording(folders: readonly string[], name: string, directives: Directives): Recording {
  const file = folders.map((folder) => resolve(folder, name)).find((path) => existsSync(path));
  if (file === undefined) return { ok: false, message: `sim directive fixture: there is no '${name}'` };
  if (statSync(file).size > RECORDING_MAX_BYTES) return { ok: false, message: "sim directive fixture: too large" };
  const bytes = readFileSync(file);
  if (name.endsWith(".json")) {
    const isError = /^\s*\{\s*(?:"type"\s*:\s*"error"|"error"\s*:\s*\{)/.test(bytes.toString("utf8", 0, 64));
    return { ok: true, status: isError ? 400 : 200, contentType: "application/json", frames: [bytes] };
  }
  if (name.endsWith(".sse")) {
    return { ok: true, status: 200, contentType: EVENT_STREAM, frames: splitEvents(bytes) };
  }
  const events = bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const { contentType, frame } = framingOf(name);
  return { ok: true, status: 200, contentType, frames: frame(events, directives) };
}

function framingOf(name: string): Framing {
  if (WITH_DONE.test(name)) return SSE_WITH_DONE;
  return name.startsWith("google-") ? SSE : NAMED_SSE;
}

/** Cuts raw bytes after each blank line, changing none of them. */
function splitEvents(bytes: Buffer): Buffer[] {
  const text = bytes.toString("latin1");
  const pieces = text.match(/[\s\S]*?(?:\r\n\r\n|\n\n|\r\r)|[\s\S]+$/g) ?? [];
  return pieces.map((piece) => Buffer.from(piece, "latin1"));
}
