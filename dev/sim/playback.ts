import type { ServerResponse } from "node:http";
import { Connection } from "./connection.ts";
import type { Directives } from "./directives.ts";
import type { Frames } from "./framing.ts";
import type { Entry } from "./received.ts";

const BATCH_CHARACTERS = 32_768;
const STALL_MAX_MS = 300_000;
const GARBAGE = Buffer.concat([
  Buffer.from("<html><body>502 Bad Gateway</body></html>\u0000"),
  Buffer.from([0xff, 0xfe, 0x80]),
]);

/** `to-destroy`: the caller is to destroy the socket; `cut`: ended early with garbage; `gone`: the client hung up. */
export type PlaybackEnd = "ended" | "cut" | "to-destroy" | "gone";

const SLOW: readonly (keyof Directives)[] = ["delay", "garbage", "die_after", "stall_after", "split"];

/**
 * Sends the frames as the directives ask: delays, single bytes, garbage, a stall, a destroyed socket. Without any of
 * these the frames go out in large writes, with no timer per frame. The head must have been written.
 */
export async function play(
  response: ServerResponse,
  frames: Frames,
  directives: Directives,
  entry: Entry,
): Promise<PlaybackEnd> {
  entry.framesTotal = frames.length;
  if (SLOW.some((name) => directives[name])) return playSlowly(response, frames, directives, entry);
  if (directives.die_after === 0 || directives.garbage === 0 || directives.stall_after === 0) {
    return playSlowly(response, frames, directives, entry);
  }
  return playAtOnce(response, frames, entry);
}

async function playAtOnce(response: ServerResponse, frames: Frames, entry: Entry): Promise<PlaybackEnd> {
  let batch = "";
  let connection: Connection | null = null;
  for (const frame of frames) {
    entry.framesSent += 1;
    if (typeof frame === "string") batch += frame;
    if (typeof frame === "string" && batch.length < BATCH_CHARACTERS) continue;
    connection ??= new Connection(response);
    if (batch !== "") await connection.write(batch);
    if (typeof frame !== "string") await connection.write(frame);
    if (connection.gone) return "gone";
    batch = "";
  }
  response.end(batch);
  return "ended";
}

async function playSlowly(
  response: ServerResponse,
  frames: Frames,
  directives: Directives,
  entry: Entry,
): Promise<PlaybackEnd> {
  const connection = new Connection(response);
  const stopAt = Math.min(
    directives.die_after ?? Infinity,
    directives.stall_after ?? Infinity,
    directives.garbage ?? Infinity,
  );
  for (const [at, frame] of frames.entries()) {
    if (connection.gone) return "gone";
    if (at >= stopAt) return stopPlaying(response, connection, directives, at, frame);
    if (at > 0) await connection.pause(directives.delay ?? 0);
    if (connection.gone) return "gone";
    if (directives.split) await connection.writeBytes(Buffer.from(frame));
    else await connection.write(frame);
    if (!connection.gone) entry.framesSent += 1;
  }
  if (connection.gone) return "gone";
  response.end();
  return "ended";
}

async function stopPlaying(
  response: ServerResponse,
  connection: Connection,
  directives: Directives,
  at: number,
  next: string | Uint8Array,
): Promise<PlaybackEnd> {
  // Headers must be out, or the client waits for an answer to begin and not for one to go on.
  response.flushHeaders();
  if (directives.stall_after === at) {
    await connection.pause(STALL_MAX_MS);
    return connection.gone ? "gone" : "to-destroy";
  }
  if (directives.garbage === at) {
    response.end(GARBAGE);
    return "cut";
  }
  if (directives.die_inside) {
    const bytes = Buffer.from(next);
    await connection.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
  }
  // What was written must leave before the socket is destroyed: the client is to see it.
  await new Promise<void>((resolve) => setImmediate(resolve));
  return "to-destroy";
}
