import { existsSync, readFileSync } from "node:fs";

/** Recorded provider answers live outside the repository; tests that read them are skipped where they are absent. */
const directory = new URL("../../../../shared/fixtures/", import.meta.url);

export const hasRecordings = existsSync(directory);
if (!hasRecordings) process.stderr.write("../shared/fixtures is absent: tests of recorded answers are skipped\n");

export const RECORDED_STREAMS = [
  "openai-chat/openai-text.chunks.txt",
  "groq-chat/groq-text.chunks.txt",
  "groq-chat/groq-tool-call.chunks.txt",
  "mistral-chat/mistral-text.chunks.txt",
  "mistral-chat/mistral-incremental-tool-call.chunks.txt",
] as const;

export function readRecorded(name: string): string {
  return readFileSync(new URL(name, directory), "utf8");
}

/** The events of a recorded stream: one JSON text per line. */
export function recordedEvents(name: string): string[] {
  return readRecorded(name)
    .split("\n")
    .filter((line) => line !== "");
}

/** Adds the framing that the recordings lack. */
export function frame(events: readonly string[], lineEnd = "\n", done = true): Uint8Array {
  const all = done ? [...events, "[DONE]"] : events;
  return new TextEncoder().encode(all.map((data) => `data: ${data}${lineEnd}${lineEnd}`).join(""));
}
