import { isRecord } from "../parse-body.ts";

const SEGMENTS_MAX = 100_000;
const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;

/** A transcript's segments as SubRip or WebVTT subtitles; null where they are none. */
export function formatSubtitles(segments: unknown, format: "srt" | "vtt"): string | null {
  if (!Array.isArray(segments) || segments.length > SEGMENTS_MAX) return null;
  const blocks: string[] = [];
  for (const [index, segment] of segments.entries()) {
    if (!isRecord(segment)) return null;
    const { start, end, text } = segment;
    if (typeof start !== "number" || typeof end !== "number" || typeof text !== "string") return null;
    const times = `${timestamp(start, format)} --> ${timestamp(end, format)}`;
    // A blank line would end the block, and an arrow is a line of times.
    const words = text
      .trim()
      .replaceAll(/(?:\r\n|\r|\n)+/g, "\n")
      .replaceAll("-->", "->");
    blocks.push(format === "srt" ? `${index + 1}\n${times}\n${words}\n` : `${times}\n${words}\n`);
  }
  const body = blocks.join("\n");
  return format === "srt" ? body : `WEBVTT\n\n${body}`;
}

/** `01:02:03,004` (SubRip) or `01:02:03.004` (WebVTT). */
function timestamp(seconds: number, format: "srt" | "vtt"): string {
  const wholeMs = Math.max(0, Math.round(seconds * MS_PER_SECOND));
  const wholeSeconds = Math.floor(wholeMs / MS_PER_SECOND);
  const minutes = Math.floor(wholeSeconds / SECONDS_PER_MINUTE);
  const pad = (value: number, length: number): string => String(value).padStart(length, "0");
  const clock = [Math.floor(minutes / MINUTES_PER_HOUR), minutes % MINUTES_PER_HOUR, wholeSeconds % SECONDS_PER_MINUTE];
  const separator = format === "srt" ? "," : ".";
  return `${clock.map((part) => pad(part, 2)).join(":")}${separator}${pad(wholeMs % MS_PER_SECOND, 3)}`;
}
