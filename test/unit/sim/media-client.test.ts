import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeWav, wavSeconds } from "../../../dev/sim/formats/audio/wav.ts";
import { makePng } from "../../../dev/sim/formats/images/png.ts";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { clientOf, post, readAll } from "./client.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

const PNG_SIGNATURE = "89504e470d0a1a0a";
const signatureOf = (base64: string | undefined) => Buffer.from(base64 ?? "", "base64").toString("hex", 0, 8);
const wav = (seconds: number) => toFile(makeWav(seconds), "speech.wav", { type: "audio/wav" });

describe("the official client against the simulated OpenAI: pictures", () => {
  it("makes as many pictures as asked, with tokens by size and quality", async () => {
    const request = { model: "gpt-image-1", prompt: "a river", n: 2, size: "1024x1536", quality: "medium" } as const;
    const answer = await clientOf(sim).images.generate(request);
    expect(answer.data?.map(({ b64_json: data }) => signatureOf(data))).toEqual([PNG_SIGNATURE, PNG_SIGNATURE]);
    expect(answer.usage?.output_tokens).toBe(2 * 1_584);
  });

  it("streams partial pictures and ends with the whole one and its usage", async () => {
    const stream = await clientOf(sim).images.generate({
      model: "gpt-image-1",
      prompt: "a river",
      quality: "low",
      partial_images: 2,
      stream: true,
    });
    const events = await readAll(stream);
    expect(events.map(({ type }) => type)).toEqual([
      "image_generation.partial_image",
      "image_generation.partial_image",
      "image_generation.completed",
    ]);
    expect(events.at(-1)).toMatchObject({ usage: { output_tokens: 272 + 2 * 100 } });
  });

  it("edits pictures that come as a form or by reference, and counts them as input", async () => {
    const image = await toFile(makePng(8, 8, 200), "a.png", { type: "image/png" });
    const edited = await clientOf(sim).images.edit({ model: "gpt-image-1", prompt: "bluer", image: [image, image] });
    expect(edited.usage?.input_tokens_details.image_tokens).toBe(2 * 323);
    const body = { model: "gpt-image-1", prompt: "bluer", images: [{ image_url: "https://a.example.com/a.png" }] };
    expect((await post(sim, "/openai/v1/images/edits", body)).status).toBe(200);
    await expect(clientOf(sim).images.edit({ model: "gpt-image-1", prompt: "x", image: [] })).rejects.toThrow(
      OpenAI.BadRequestError,
    );
  });
});

describe("the official client against the simulated OpenAI: sound", () => {
  it("speaks in several formats, as sound or as events with usage", async () => {
    const client = clientOf(sim);
    const input = "Rivers run through it, said the old man who had seen them all.";
    const plain = await client.audio.speech.create({ model: "tts-1", voice: "ash", input, response_format: "wav" });
    expect(plain.headers.get("content-type")).toBe("audio/wav");
    expect(wavSeconds(new Uint8Array(await plain.arrayBuffer()))).toBeCloseTo(input.length / 15, 2);
    const events = await client.audio.speech.create({
      model: "gpt-4o-mini-tts",
      voice: "ash",
      input,
      stream_format: "sse",
    });
    expect(await events.text()).toMatch(/speech\.audio\.delta.*speech\.audio\.done.*"output_tokens":\d+/s);
  });

  it("refuses events of a model that has none", async () => {
    const request = { model: "tts-1", voice: "ash", input: "hi", stream_format: "sse" } as const;
    await expect(clientOf(sim).audio.speech.create(request)).rejects.toThrow(OpenAI.BadRequestError);
  });

  it("hears how long a file is, by duration and by tokens", async () => {
    const client = clientOf(sim);
    const whisper = await client.audio.transcriptions.create({ model: "whisper-1", file: await wav(3) });
    expect(whisper.usage).toEqual({ type: "duration", seconds: 3 });
    const tokens = await client.audio.transcriptions.create({ model: "gpt-4o-transcribe", file: await wav(3) });
    expect(tokens.usage).toMatchObject({ type: "tokens", input_token_details: { audio_tokens: 30 } });
    expect(tokens.text.length).toBeGreaterThan(0);
  });

  it("streams a transcript whose pieces are the whole", async () => {
    const stream = await clientOf(sim).audio.transcriptions.create({
      model: "gpt-4o-transcribe",
      file: await wav(3),
      stream: true,
    });
    const events = await readAll(stream);
    const text = events.map((event) => (event.type === "transcript.text.delta" ? event.delta : "")).join("");
    expect(events.at(-1)).toMatchObject({ type: "transcript.text.done", text });
  });

  it("refuses what the model's kind cannot say, and files that it cannot name", async () => {
    const client = clientOf(sim);
    const subtitles = { model: "gpt-4o-transcribe", file: await wav(1), response_format: "srt" } as const;
    await expect(client.audio.transcriptions.create(subtitles)).rejects.toThrow(OpenAI.BadRequestError);
    const nameless = { model: "whisper-1", file: await toFile(Buffer.from("x"), "speech.txt") };
    await expect(client.audio.transcriptions.create(nameless)).rejects.toThrow(OpenAI.BadRequestError);
  });
});

describe("the simulated moderations and Cloudflare", () => {
  it("flags what speaks of violence, each input by itself", async () => {
    const answer = await clientOf(sim).moderations.create({ input: ["a river", "violence"] });
    expect(answer.results.map(({ flagged }) => flagged)).toEqual([false, true]);
  });

  it("runs a reranker and a model of pictures by their own schemas", async () => {
    const ranked = await post(sim, "/workers-ai/run/@cf/baai/bge-reranker-base", {
      query: "old river",
      contexts: [{ text: "a hill" }, { text: "an old river" }],
    });
    expect(await ranked.json()).toMatchObject({ result: { response: [{ id: 1 }, { id: 0 }] }, success: true });
    const drawn = await post(sim, "/workers-ai/run/@cf/black-forest-labs/flux-1-schnell", { prompt: "a river" });
    expect(JSON.stringify(await drawn.json())).toContain("iVBORw0KGgo");
  });
});
