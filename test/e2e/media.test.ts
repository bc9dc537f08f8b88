import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeWav } from "../../dev/sim/formats/audio/wav.ts";
import { makePng } from "../../dev/sim/formats/images/png.ts";
import { call, openAi } from "./support/client.ts";
import { startEdge, type Edge } from "./support/edge.ts";
import { parseUsdOrThrow, startWorld, type Generation, type Organization, type World } from "./support/world.ts";

const GPT_IMAGE = "openai/gpt-image-1";
const TTS = "openai/tts-1";
const TTS_TOKENS = "openai/gpt-4o-mini-tts";
const WHISPER = "openai/whisper-1";
const TRANSCRIBE = "openai/gpt-4o-transcribe";

let world: World;
let edge: Edge;
let organization: Organization;
let client: OpenAI;

beforeAll(async () => {
  world = await startWorld();
  edge = await startEdge(world.stack.urls.gateway);
});
afterAll(async () => {
  await edge.stop();
  await world.stop();
});
beforeEach(async () => {
  world.stack.sim.reset();
  organization = await world.organization();
  client = openAi(world.url, organization.key);
});

const direct = () => openAi(`${world.stack.urls.sim}/openai/v1`, "sk-direct");
const post = (path: string, body: unknown) => call(world.url + path, body, { key: organization.key });
const png = (name = "a.png") => toFile(makePng(8, 8, 200), name, { type: "image/png" });
const wav = (seconds: number) => toFile(makeWav(seconds), "my private talk.wav", { type: "audio/wav" });

/** The receipt of a call that went well: what it cost was held. */
async function receiptOf(id: string | null | undefined): Promise<Generation> {
  const receipt = await organization.generation(id ?? "");
  expect(receipt).toMatchObject({ outcome: "completed", kind: "measured", flags: [] });
  expect(receipt.cost_usd).toBeLessThanOrEqual(receipt.held_usd);
  return receipt;
}

describe("rerank", () => {
  const documents = ["a hill", { text: "an old river" }, "a river of gold"];

  test("Cohere's answer, billed by searches, with the caller's own documents put back", async () => {
    const body = { model: "cohere/rerank-v3.5", query: "old river", documents, top_n: 2, return_documents: true };
    const answer = await post("/rerank", body);
    const parsed = JSON.parse(answer.text);
    expect(parsed.results).toHaveLength(2);
    expect(parsed.results[0]).toMatchObject({ index: 1, document: { text: "an old river" } });
    const receipt = await receiptOf(answer.id);
    expect(receipt).toMatchObject({ operation: "rerank", provider: "cohere", units: { searches: 1 } });
    expect(receipt.cost_usd).toBe(parseUsdOrThrow("0.002"));
  });

  test("Cloudflare's scores in the same shape, billed by tokens", async () => {
    const answer = await post("/rerank", {
      model: "workers-ai/@cf/baai/bge-reranker-base",
      query: "old river",
      documents,
    });
    expect(JSON.parse(answer.text).results[0]).toMatchObject({ index: 1 });
    expect(JSON.parse(answer.text).results[0].document).toBeUndefined();
    expect((await receiptOf(answer.id)).units["input"]).toBeGreaterThan(0);
  });

  test("an answer without usage is estimated by the documents, and never above the hold", async () => {
    const many = Array.from({ length: 150 }, (_, at) => `document ${at}`);
    const body = { model: "cohere/rerank-v3.5", query: "[[sim: no_usage]] river", documents: many };
    const receipt = await organization.generation((await post("/rerank", body)).id);
    expect(receipt).toMatchObject({ kind: "estimated", units: { searches: 2 }, cost_usd: parseUsdOrThrow("0.004") });
    expect(receipt.held_usd).toBe(receipt.cost_usd);
  });
});

describe("moderations", () => {
  test("are free, whatever the client names", async () => {
    const { data, request_id } = await client.moderations.create({ input: ["a river", "violence"] }).withResponse();
    expect(data.results.map(({ flagged }) => flagged)).toEqual([false, true]);
    const receipt = await organization.generation(request_id ?? "");
    expect(receipt).toMatchObject({ operation: "moderations", cost_usd: 0n, held_usd: 0n });
  });
});

describe("pictures", () => {
  test("the provider's own answer, with tokens of text and of pictures", async () => {
    const request = { prompt: "a river", n: 2, size: "1024x1536", quality: "medium" } as const;
    const { data, request_id } = await client.images.generate({ ...request, model: GPT_IMAGE }).withResponse();
    const own = await direct().images.generate({ ...request, model: "gpt-image-1" });
    expect({ ...data, created: 0 }).toEqual({ ...own, created: 0 });
    const receipt = await receiptOf(request_id);
    expect(receipt.units).toEqual({ input: own.usage?.input_tokens, output: 0, image_out: 2 * 1_584 });
    // $5 and $40 a million tokens.
    expect(receipt.cost_usd).toBe(BigInt((own.usage?.input_tokens ?? 0) * 5_000 + 2 * 1_584 * 40_000));
  });

  test("a stream of partial pictures passes, and its last event is charged", async () => {
    const { data, request_id } = await client.images
      .generate({
        model: GPT_IMAGE,
        prompt: "a river",
        quality: "low",
        size: "1024x1024",
        partial_images: 2,
        stream: true,
      })
      .withResponse();
    const types: string[] = [];
    for await (const event of data) types.push(event.type);
    expect(types.map((type) => type.split(".")[1])).toEqual(["partial_image", "partial_image", "completed"]);
    expect((await receiptOf(request_id)).units).toMatchObject({ image_out: 272 + 2 * 100 });
  });

  test("edits as a form: only known parts go on, with our name for the model and none of the caller's for the file", async () => {
    const { request_id } = await client.images
      .edit({
        model: GPT_IMAGE,
        prompt: "bluer",
        image: [await png("secret-plan.png"), await png()],
        mask: await png(),
      })
      .withResponse();
    const receipt = await receiptOf(request_id);
    expect(receipt).toMatchObject({ operation: "images.edits", units: { image_in: 3 * 323 } });
    const [seen] = world.stack.sim.received(1);
    expect(seen?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=form-[0-9a-f]{32}$/);
    expect(JSON.stringify(world.logLines)).not.toContain("secret-plan");
  });

  test("edits as JSON relay a public URL and never fetch it", async () => {
    const body = { model: GPT_IMAGE, prompt: "bluer", images: [{ image_url: "https://pictures.example.com/a.png" }] };
    const answer = await post("/images/edits", body);
    expect(answer.status).toBe(200);
    const [seen] = world.stack.sim.received(1);
    expect(seen?.body).toMatchObject({ model: "gpt-image-1", images: body.images });
    await receiptOf(answer.id);
  });

  test.each([
    ["google/imagen-4.0-generate-001", { images: 2 }, "0.08", 2],
    ["workers-ai/@cf/black-forest-labs/flux-1-schnell", { images: 1 }, "0.001056", 1],
  ])("%s makes pictures in OpenAI's shape at a price each", async (model, units, usd, n) => {
    const { data, request_id } = await client.images.generate({ model, prompt: "a river", n }).withResponse();
    expect(data.data?.map(({ b64_json: picture }) => picture?.startsWith("iVBOR"))).toEqual(Array(n).fill(true));
    expect(data.created).toBeGreaterThan(1_700_000_000);
    const receipt = await receiptOf(request_id);
    expect(receipt).toMatchObject({ units, cost_usd: parseUsdOrThrow(usd), held_usd: parseUsdOrThrow(usd) });
  });

  test("a model of Gemini's that also writes makes one, billed by its tokens", async () => {
    const { data, request_id } = await client.images
      .generate({ model: "google/gemini-2.5-flash-image", prompt: "a river", size: "1024x1024" })
      .withResponse();
    expect(data.data).toHaveLength(1);
    expect((await receiptOf(request_id)).units).toMatchObject({ image_out: 1_290 });
  });

  test("what was filtered out is the caller's error, is not asked for again and costs nothing", async () => {
    const answer = await post("/images/generations", {
      model: "google/imagen-4.0-generate-001",
      prompt: "[[sim: refuse]] a river",
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error.code).toBe("upstream_invalid_request");
    const receipt = await organization.generation(answer.id);
    expect(receipt).toMatchObject({ outcome: "failed", cost_usd: 0n });
    expect(receipt.attempts).toHaveLength(1);
  });

  test("an answer without pictures is no answer, and free", async () => {
    const answer = await post("/images/generations", { model: GPT_IMAGE, prompt: "[[sim: empty]] a river" });
    expect(answer.status).toBe(502);
    expect(await organization.generation(answer.id)).toMatchObject({ outcome: "failed", cost_usd: 0n });
  });

  test("usage that nobody can have is not believed", async () => {
    const answer = await post("/images/generations", { model: GPT_IMAGE, prompt: "[[sim: lie=usage]] a river" });
    const receipt = await organization.generation(answer.id);
    expect(receipt).toMatchObject({ kind: "estimated" });
    expect(receipt.cost_usd).toBeLessThanOrEqual(receipt.held_usd);
  });
});

describe("speech", () => {
  const input = "Rivers run through it, said the old man. 𝄞";
  const spoken = { voice: "ash", input, response_format: "wav" } as const;

  test("the provider's own sound, billed by the characters of the text", async () => {
    const { data, request_id } = await client.audio.speech.create({ ...spoken, model: TTS }).withResponse();
    const own = await direct().audio.speech.create({ ...spoken, model: "tts-1" });
    expect(Buffer.from(await data.arrayBuffer()).equals(Buffer.from(await own.arrayBuffer()))).toBe(true);
    expect(data.headers.get("content-type")).toBe("audio/wav");
    const characters = Array.from(input).length;
    const receipt = await receiptOf(request_id);
    expect(receipt).toMatchObject({ streamed: true, units: { characters } });
    expect(receipt.cost_usd).toBe(BigInt(characters * 15_000));
  });

  test("plain sound of a model that is billed by tokens is measured too: its events are asked for and unpacked", async () => {
    const { data, request_id } = await client.audio.speech.create({ ...spoken, model: TTS_TOKENS }).withResponse();
    const own = await direct().audio.speech.create({ ...spoken, model: "gpt-4o-mini-tts" });
    expect(Buffer.from(await data.arrayBuffer()).equals(Buffer.from(await own.arrayBuffer()))).toBe(true);
    expect(data.headers.get("content-type")).toBe("audio/wav");
    expect((await receiptOf(request_id)).units).toMatchObject({ audio_out: Math.ceil((input.length / 15) * 20) });
  });

  test("events pass as they are where the caller wants them", async () => {
    const { data, request_id } = await client.audio.speech
      .create({ ...spoken, model: TTS_TOKENS, stream_format: "sse" })
      .withResponse();
    expect(data.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(await data.text()).toContain('"type":"speech.audio.done"');
    await receiptOf(request_id);
  });

  test("sound that breaks off breaks off for the client too, and is charged as heard (G12)", async () => {
    const body = { ...spoken, model: TTS, input: `${input} [[sim: die_after=2]]` };
    const response = await fetch(`${world.url}/audio/speech`, {
      method: "POST",
      headers: { authorization: `Bearer ${organization.key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await expect(response.arrayBuffer()).rejects.toThrow(/terminated|aborted|other side closed/);
    const receipt = await organization.generation(response.headers.get("x-request-id") ?? "");
    expect(receipt).toMatchObject({ outcome: "interrupted", error_code: "upstream_stream_interrupted" });
    const { characters } = receipt.units;
    expect(characters).toBeGreaterThanOrEqual(1);
    expect(characters).toBeLessThan(Array.from(body.input).length);
    expect(receipt.cost_usd).toBeGreaterThan(0n);
  });

  test("no sound at all costs nothing", async () => {
    const answer = await post("/audio/speech", { ...spoken, model: TTS_TOKENS, input: "[[sim: empty no_usage]]" });
    expect(await organization.generation(answer.id)).toMatchObject({ cost_usd: 0n });
  });
});

describe("transcripts", () => {
  test("each format of a model that bills by duration, measured by its duration", async () => {
    const file = await wav(3);
    for (const responseFormat of ["json", "text", "srt", "vtt", "verbose_json"] as const) {
      const { data, response, request_id } = await client.audio.transcriptions
        .create({ model: WHISPER, file, response_format: responseFormat })
        .withResponse();
      const text = typeof data === "string" ? data : JSON.stringify(data);
      if (responseFormat === "json") expect(Object.keys(data)).toEqual(["text", "usage"]);
      if (responseFormat === "srt") expect(text).toMatch(/^1\n00:00:00,000 --> 00:00:03,000\n\S/);
      if (responseFormat === "vtt") expect(text).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:03\.000\n\S/);
      expect(response.headers.get("content-type")).toMatch(responseFormat.endsWith("json") ? /json/ : /^text\/plain/);
      const receipt = await receiptOf(request_id);
      expect(receipt).toMatchObject({ operation: "audio.transcriptions", units: { audio_ms: 3_000 } });
      expect(receipt.cost_usd).toBe(parseUsdOrThrow("0.0003"));
    }
  });

  test("Groq bills ten seconds at least", async () => {
    const request = { model: "groq/whisper-large-v3", file: await wav(3) };
    const { request_id } = await client.audio.transcriptions.create(request).withResponse();
    expect((await receiptOf(request_id)).units).toEqual({ audio_ms: 10_000 });
  });

  test("a model that bills by tokens, whole and streamed alike", async () => {
    const request = { model: TRANSCRIBE, file: await wav(3) } as const;
    const whole = await client.audio.transcriptions.create(request).withResponse();
    const stream = await client.audio.transcriptions.create({ ...request, stream: true }).withResponse();
    let text = "";
    for await (const event of stream.data) if (event.type === "transcript.text.delta") text += event.delta;
    expect(text).toBe(whole.data.text);
    const receipts = [await receiptOf(whole.request_id), await receiptOf(stream.request_id)];
    expect(receipts[0]?.units).toMatchObject({ audio_in: 30 });
    expect(receipts[1]?.units).toEqual(receipts[0]?.units);
  });

  test("translations go to their own endpoint", async () => {
    const { request_id } = await client.audio.translations
      .create({ model: WHISPER, file: await wav(3) })
      .withResponse();
    expect(await receiptOf(request_id)).toMatchObject({ operation: "audio.translations", units: { audio_ms: 3_000 } });
    expect(world.stack.sim.received(1)[0]?.path).toBe("/openai/v1/audio/translations");
  });

  test("a file near the limit passes whole", async () => {
    const seconds = 520;
    const request = { model: WHISPER, file: await wav(seconds) };
    expect(request.file.size).toBeGreaterThan(23 * 1_048_576);
    const { request_id } = await client.audio.transcriptions.create(request).withResponse();
    expect((await receiptOf(request_id)).units).toEqual({ audio_ms: seconds * 1_000 });
  });

  test("the model may follow the file", async () => {
    const form = new FormData();
    form.append("file", new File([new Uint8Array(makeWav(1))], "a.wav"));
    form.append("model", WHISPER);
    const response = await fetch(`${world.url}/audio/transcriptions`, {
      method: "POST",
      headers: { authorization: `Bearer ${organization.key}` },
      body: form,
    });
    expect(response.status).toBe(200);
  });
});

describe("G9: a client that hangs up pays for what was made for it", () => {
  /** Reads the first bytes of a stream and leaves. */
  async function leave(path: string, body: unknown): Promise<Generation> {
    const controller = new AbortController();
    const response = await fetch(`${edge.url}/v1${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${organization.key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: controller.signal,
    });
    expect(response.status).toBe(200);
    await response.body?.getReader().read();
    controller.abort();
    return organization.generation(response.headers.get("x-request-id") ?? "");
  }

  test.each([
    ["speech by characters", "/audio/speech", { model: TTS, voice: "ash" }, "input"],
    ["speech by tokens", "/audio/speech", { model: TTS_TOKENS, voice: "ash" }, "input"],
    [
      "pictures",
      "/images/generations",
      { model: GPT_IMAGE, stream: true, partial_images: 3, quality: "low" },
      "prompt",
    ],
  ])("%s", async (_what, path, fields, member) => {
    const text = `A long story of many rivers and of those who crossed them. ${"Word ".repeat(40)}`;
    const receipt = await leave(path, { ...fields, [member]: `${text} [[sim: delay=60]]` });
    expect(["aborted", "completed"]).toContain(receipt.outcome);
    expect(receipt.cost_usd).toBeGreaterThan(0n);
    expect(receipt.cost_usd).toBeLessThanOrEqual(receipt.held_usd);
  });
});
