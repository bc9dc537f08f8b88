import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  createByteTap,
  createImagesTap,
  createSpeechSoundTap,
  createTranscriptTap,
  parseRerankRequest,
  readImagesAnswer,
  readRerankAnswer,
  readTranscript,
  type StreamTap,
} from "#wire";
import { mapMediaUsage } from "../../../src/providers/openai/map-media-usage.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const stream = (...events: readonly object[]) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
const usage = { input_tokens: 3, output_tokens: 7, total_tokens: 10 };

function run(tap: StreamTap, chunks: readonly Uint8Array[], isWhole = true) {
  const out: Uint8Array[] = [];
  let stopped = false;
  for (const chunk of chunks) {
    const { forward, stop } = tap.push(chunk);
    out.push(...forward);
    if (stop) stopped = true;
  }
  const { forward, summary } = tap.finish(isWhole);
  return { bytes: Buffer.concat([...out, ...forward]), summary, stopped };
}
const bytewise = (text: string) => Array.from(encode(text), (byte) => Uint8Array.of(byte));

const PICTURES = stream(
  { type: "image_generation.partial_image", b64_json: "AAAA", partial_image_index: 0 },
  { type: "image_generation.completed", b64_json: "BBBB", usage },
);
const TRANSCRIPT = stream(
  { type: "transcript.text.delta", delta: "Grüße" },
  { type: "transcript.text.done", text: "Grüße", usage: { type: "tokens", ...usage } },
);
const SPEECH = stream(
  { type: "speech.audio.delta", audio: Buffer.from("so").toString("base64") },
  { type: "speech.audio.delta", audio: Buffer.from("und").toString("base64") },
  { type: "speech.audio.done", usage },
);

describe("streams of events that name their type", () => {
  it.each([
    ["pictures", createImagesTap, PICTURES, 1, 0],
    ["transcripts", createTranscriptTap, TRANSCRIPT, 1, 7],
  ])("G16: %s pass untouched at every split, their usage read", (_what, create, text, events, textBytes) => {
    for (const chunks of [[encode(text)], bytewise(text), bytewise(text.replaceAll("\n", "\r\n"))]) {
      const { bytes, summary } = run(create(), chunks);
      expect(bytes.toString().replaceAll("\r\n", "\n")).toBe(text);
      expect(summary).toMatchObject({ end: "complete", usage, delivered: { events, textBytes } });
    }
  });

  it("G16: speech becomes sound at every split, its usage read", () => {
    for (const chunks of [[encode(SPEECH)], bytewise(SPEECH)]) {
      const { bytes, summary } = run(createSpeechSoundTap(), chunks);
      expect(bytes.toString()).toBe("sound");
      expect(summary).toMatchObject({ end: "complete", usage });
    }
  });

  it("a stream without its last event was interrupted, and one of something else is none", () => {
    const cut = PICTURES.slice(0, PICTURES.indexOf("data:", 9));
    expect(run(createImagesTap(), [encode(cut)]).summary).toMatchObject({ end: "interrupted", usage: null });
    const { summary, stopped } = run(createImagesTap(), [encode("<html>502</html>\n\n")]);
    expect([summary.end, stopped]).toEqual(["garbage", true]);
  });

  it("S3: comments, an error's words and whatever follows the end do not pass", () => {
    const error = stream({ type: "error", error: { code: "moderation_blocked", message: "sk-secret" } });
    const failed = run(createImagesTap(), [encode(`: sk-secret\n\n${error}`)]);
    expect(failed.bytes.toString()).not.toContain("sk-secret");
    expect(failed.summary).toMatchObject({ end: "interrupted", error: { code: "moderation_blocked" } });
    expect(failed.stopped).toBe(true);
    const late = run(createImagesTap(), [encode(PICTURES + stream({ type: "x", note: "sk-secret" }))]);
    expect(late.bytes.toString()).toBe(PICTURES);
  });

  it("plain sound is whole when its connection ends well, and only then", () => {
    const tap = createByteTap({ characters: 3 });
    tap.push(encode("so"));
    expect(tap.snapshot()).toMatchObject({ end: "interrupted", usage: null, delivered: { textBytes: 2 } });
    const whole = run(createByteTap({ characters: 3 }), [encode("sound")]).summary;
    expect(whole).toMatchObject({ end: "complete", usage: { characters: 3 } });
    expect(run(createByteTap({ characters: 3 }), [encode("so")], false).summary).toMatchObject({
      end: "interrupted",
      usage: null,
      delivered: { textBytes: 2 },
    });
    expect(run(createByteTap({ characters: 3 }), []).summary).toMatchObject({ end: "interrupted", usage: null });
  });
});

const RECORDED = new URL("../../../../shared/fixtures/", import.meta.url);
const hasRecorded = existsSync(RECORDED);
const recorded = (path: string) => readFileSync(new URL(path, RECORDED), "utf8");

describe.skipIf(!hasRecorded)("recorded answers (skipped where ../shared/fixtures is absent)", () => {
  it("of OpenAI's pictures name no usage, and are counted", () => {
    expect(readImagesAnswer(recorded("openai-images/openai-image.json"))).toMatchObject({ end: "complete", images: 2 });
    expect(readImagesAnswer(recorded("openai-images/openai-image-edit.json"))).toMatchObject({ images: 1 });
    expect(readImagesAnswer(recorded("openai-images/gpt-image-response-format-error.json")).end).toBe("garbage");
  });

  it("of OpenAI's transcripts name the seconds that are billed, in every format", () => {
    const text = recorded("openai-audio/openai-transcription.json");
    const usage = { type: "duration", seconds: 37 };
    expect(readTranscript(text, "verbose_json")).toMatchObject({ end: "complete", usage, body: null });
    expect(readTranscript(text, "text")).toMatchObject({ usage, body: expect.stringMatching(/^Galileo was .*\.\n$/) });
    expect(JSON.parse(readTranscript(text, "json").body ?? "")).toEqual({ text: expect.any(String), usage });
    expect(mapMediaUsage(usage, "audio.transcriptions")).toEqual({ audio_ms: 37_000 });
  });
});

describe("whole answers", () => {
  it("pictures are counted by structure, never by what a prompt says", () => {
    const data = [{ b64_json: "AAAA", revised_prompt: 'say "b64_json": "x"' }, { url: "https://a.example.com/" }];
    expect(readImagesAnswer(JSON.stringify({ created: 1, data, usage }))).toEqual({
      end: "complete",
      images: 2,
      usage,
    });
    const both = { url: "https://a.example.com/", b64_json: "AAAA" };
    expect(readImagesAnswer(JSON.stringify({ data: [both, { b64_json: null, url: "x" }, both] })).images).toBe(3);
    expect(readImagesAnswer('{"data":[ {"b64_json" : "AA"} , {"note":{"url":"x"}}, 1, null ] }').images).toBe(1);
    for (const data of ["[]", "[{}]", '[{"url":"x"', '{"url":"x"}', '"url"']) {
      expect(readImagesAnswer(`{"data":${data}}`).end).toBe("garbage");
    }
    expect(readImagesAnswer("<html>").end).toBe("garbage");
  });

  it.each([
    ["json", '{"text":"one two","usage":{"type":"duration","seconds":62.5}}'],
    ["text", "one two\n"],
    ["srt", "1\n00:00:00,000 --> 00:01:02,500\none\ntwo ->\n"],
    ["vtt", "WEBVTT\n\n00:00:00.000 --> 00:01:02.500\none\ntwo ->\n"],
  ] as const)("a transcript with segments is said as %s", (format, expected) => {
    const segments = [{ start: 0, end: 62.5, text: " one\n\ntwo -->" }];
    const read = readTranscript(JSON.stringify({ text: "one two", duration: 62.5, segments }), format);
    expect(read).toMatchObject({ end: "complete", body: expected, usage: { seconds: 62.5 } });
  });

  it("subtitles of a transcript without segments are no answer", () => {
    expect(readTranscript('{"text":"one"}', "srt").end).toBe("garbage");
    expect(readTranscript('{"error":{}}', "json").end).toBe("garbage");
  });

  it("a ranking of documents that were never sent is no answer", () => {
    const request = parseRerankRequest('{"model":"m","query":"q","documents":["a","b"]}');
    const answer = (index: unknown) => JSON.stringify({ results: [{ index, relevance_score: 0.5 }] });
    expect(readRerankAnswer(answer(1), request).end).toBe("complete");
    for (const index of [2, -1, 0.5, "0", null]) expect(readRerankAnswer(answer(index), request).end).toBe("garbage");
  });
});
