import { describe, expect, it } from "vitest";
import { findModel } from "#catalog";
import { NOTHING_DELIVERED } from "../../../workers/gateway/inference/nothing-delivered.ts";
import { prepareImages } from "../../../workers/gateway/inference/prepare-images.ts";
import type { PreparedCall } from "../../../workers/gateway/inference/prepared-call.ts";
import { prepareSpeech } from "../../../workers/gateway/inference/prepare-speech.ts";
import { prepareTranscription } from "../../../workers/gateway/inference/prepare-transcription.ts";

const likely = (call: PreparedCall, delivered: { events?: number; textBytes?: number }, aborted = false) =>
  call.media?.likely({ ...NOTHING_DELIVERED.delivered, ...delivered }, aborted);

const [ENDPOINT] = findModel("openai/whisper-1")?.endpoints ?? [];
if (!ENDPOINT) throw new Error("the catalogue has it");

describe("what a call that is not text is charged for without figures", () => {
  const INPUT = "a".repeat(1_500);
  const speech = (more: object = {}) =>
    prepareSpeech(JSON.stringify({ model: "m", voice: "v", input: INPUT, response_format: "pcm", ...more }));
  const seconds = (count: number) => ({ textBytes: count * 48_000 });

  it("speech that broke off: the characters that were heard", () => {
    expect(likely(speech(), seconds(10))).toMatchObject({ characters: 150 });
    expect(likely(speech({ speed: 2 }), seconds(10))).toMatchObject({ characters: 300 });
    expect(likely(speech(), seconds(1_000))).toMatchObject({ characters: 1_500 });
    expect(likely(speech(), { textBytes: 1 })).toMatchObject({ characters: 1 });
    expect(likely(speech(), {})).toEqual({});
  });

  it("speech that the caller aborted: likewise, and never nothing", () => {
    expect(likely(speech(), seconds(10), true)).toMatchObject({ characters: 150 });
    expect(likely(speech(), {}, true)).toMatchObject({ characters: 1 });
  });

  it("a sound file is held, and charged without figures, for as long as it says it is, where that is more than its bytes could hold", () => {
    // Eight hours of silence as FLAC, at 16 kHz.
    const bytes = new Uint8Array(100_000);
    bytes.set([0x66, 0x4c, 0x61, 0x43]);
    new DataView(bytes.buffer).setUint32(18, 16_000 * 2 ** 12);
    new DataView(bytes.buffer).setUint32(22, 16_000 * 28_800);
    const read = (file: Uint8Array<ArrayBuffer>) =>
      prepareTranscription("audio.transcriptions")({
        parts: [
          { name: "file", value: { bytes: file, fileName: "a.flac", contentType: "audio/flac" } },
          { name: "model", value: "m" },
        ],
        boundary: "form-0123",
      });
    expect(read(bytes).media?.most(ENDPOINT)).toMatchObject({ audio_ms: 28_800_000 });
    expect(read(new Uint8Array(100_000)).media?.most(ENDPOINT)).toMatchObject({ audio_ms: 100_000 });
    expect(likely(read(bytes), {}, true)).toMatchObject({ audio_ms: 28_800_000 });
    expect(likely(read(new Uint8Array(320_000)), {}, true)).toMatchObject({ audio_ms: 20_000 });
  });

  it("pictures: no more than were asked for", () => {
    const call = prepareImages("images.generations")(JSON.stringify({ model: "m", prompt: "x", n: 2 }));
    const two = likely(call, { events: 2 });
    expect(two).toMatchObject({ images: 2 });
    expect(likely(call, { events: 5 })).toEqual(two);
    expect(likely(call, { events: 1 })).toMatchObject({ images: 1 });
  });
});
