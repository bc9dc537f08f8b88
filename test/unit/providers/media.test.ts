import { describe, expect, it } from "vitest";
import { PROVIDERS, type ProviderCall, type ProviderSettings, type UpstreamRequest } from "#providers";
import { parseImagesRequest, parseModerationsRequest, parseRerankRequest, parseSpeechRequest } from "#wire";
import { hasOpenApi, openApiFaults } from "../../support/openapi.ts";

const SETTINGS: ProviderSettings = {
  baseUrl: "https://upstream.invalid/ai/v1",
  apiKey: "sk-key",
  fetch: () => Promise.reject(new Error("nothing is sent here")),
};
const adapterOf = async (id: string) => {
  const spec = PROVIDERS.find((provider) => provider.id === id);
  if (!spec) throw new Error(`no provider ${id}`);
  return await spec.load();
};
const encode = async (id: string, call: ProviderCall): Promise<UpstreamRequest> =>
  (await adapterOf(id)).encodeRequest(SETTINGS, call);
const bodyOf = (request: UpstreamRequest): unknown => JSON.parse(String(request.body));

/** An answer as the gateway's callers read it. */
function decode({ decodeAnswer }: UpstreamRequest, answer: object): unknown {
  const text = decodeAnswer?.(JSON.stringify(answer));
  if (typeof text !== "string") throw new Error("no answer");
  return JSON.parse(text);
}

const images = (fields: object, upstreamModel: string): ProviderCall => ({
  operation: "images.generations",
  upstreamModel,
  request: parseImagesRequest(JSON.stringify({ model: "m", prompt: "a river", ...fields }), "images.generations"),
});
const PICTURE = "iVBORw0KGgo=";

describe("OpenAI is asked in the caller's own words, without our extensions", () => {
  const own = '"models":["a"],"provider":{},"usage":{"include":true}';
  it.each<[ProviderCall, string]>([
    [
      { operation: "moderations", upstreamModel: "theirs", request: parseModerationsRequest(`{"input":"x",${own}}`) },
      "/moderations",
    ],
    [
      {
        operation: "audio.speech",
        upstreamModel: "tts-1",
        request: parseSpeechRequest(`{"model":"m","input":"x",${own}}`),
      },
      "/audio/speech",
    ],
  ])("%o", async (call, path) => {
    const sent = await encode("openai", call);
    expect(sent.url).toBe(SETTINGS.baseUrl + path);
    expect(bodyOf(sent)).toEqual({ input: "x", model: call.upstreamModel });
    expect(sent.headers["authorization"]).toBe("Bearer sk-key");
  });
});

describe("Google's pictures", () => {
  const imagen = "imagen-4.0-generate-001";
  const gemini = "gemini-2.5-flash-image";

  it("are asked of Imagen by its own words, in a shape that it knows", async () => {
    const sent = await encode("google", images({ n: 3, size: "1792x1024", user: "u" }, imagen));
    expect(sent.url).toBe(`${SETTINGS.baseUrl}/models/${imagen}:predict`);
    expect(bodyOf(sent)).toEqual({
      instances: [{ prompt: "a river" }],
      parameters: { sampleCount: 3, aspectRatio: "16:9" },
    });
    expect(sent.droppedParams).toEqual(["user"]);
  });

  it("come back in OpenAI's shape, but for a model's thoughts", async () => {
    const parts = [
      { text: "Here it is." },
      { thought: true, inlineData: { mimeType: "image/png", data: "draft" } },
      { inlineData: { mimeType: "image/png", data: PICTURE } },
    ];
    const usageMetadata = {
      promptTokenCount: 5,
      candidatesTokenCount: 1_300,
      thoughtsTokenCount: 20,
      candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
    };
    const answer = decode(await encode("google", images({}, gemini)), {
      candidates: [{ content: { parts } }],
      usageMetadata,
    });
    expect(answer).toMatchObject({ data: [{ b64_json: PICTURE }], usage: { input_tokens: 5, output_tokens: 1_320 } });
    if (hasOpenApi) expect(openApiFaults("ImagesResponse", answer)).toEqual([]);
    const { usage } = Object(answer);
    const units = (await adapterOf("google")).mapUsage(usage, "images.generations", null);
    expect(units).toEqual({ input: 5, output: 30, image_out: 1_290 });
  });

  it.each([
    [imagen, { predictions: [{ raiFilteredReason: "sk-secret" }] }],
    [imagen, {}],
    [gemini, { candidates: [{ finishReason: "IMAGE_SAFETY" }] }],
    [gemini, { promptFeedback: { blockReason: "PROHIBITED_CONTENT" } }],
  ])("that %s filtered out are a fault that is not tried again: %o", async (model, answer) => {
    const { decodeAnswer } = await encode("google", images({}, model));
    expect(decodeAnswer?.(JSON.stringify(answer))).toMatchObject({
      code: "upstream_invalid_request",
      upstreamCode: "content_filter",
      retryable: false,
    });
  });

  it.each(["<html>", "[]", "null", '{"predictions":{}}'])("are none in %s", async (text) => {
    const { decodeAnswer } = await encode("google", images({}, imagen));
    expect(decodeAnswer?.(text)).toBeNull();
  });
});

describe("Cloudflare's models without an endpoint of OpenAI's", () => {
  const reranker = "@cf/baai/bge-reranker-base";

  it("are run below the account, under the model's name", async () => {
    const request = parseRerankRequest('{"model":"m","query":"q","documents":["a",{"text":"b"}],"top_n":1}');
    const sent = await encode("workers-ai", { operation: "rerank", upstreamModel: reranker, request });
    expect(sent.url).toBe(`https://upstream.invalid/ai/run/${reranker}`);
    expect(bodyOf(sent)).toEqual({ query: "q", contexts: [{ text: "a" }, { text: "b" }], top_k: 1 });
    const answer = {
      result: {
        response: [
          { id: 0, score: 0.1 },
          { id: 1, score: 0.9 },
        ],
      },
    };
    expect(decode(sent, answer)).toEqual({
      results: [
        { index: 1, relevance_score: 0.9 },
        { index: 0, relevance_score: 0.1 },
      ],
    });
    expect(sent.decodeAnswer?.('{"result":{"response":[{"id":"0"}]}}')).toBeNull();
  });

  it("make one picture a call, and nothing that was not asked", async () => {
    const flux = "@cf/black-forest-labs/flux-1-schnell";
    const sent = await encode("workers-ai", images({ quality: "auto", size: "auto" }, flux));
    expect(bodyOf(sent)).toEqual({ prompt: "a river" });
    expect(decode(sent, { result: { image: PICTURE } })).toMatchObject({
      data: [{ b64_json: PICTURE }],
    });
    expect(sent.decodeAnswer?.('{"result":{"image":""}}')).toBeNull();
    await expect(encode("workers-ai", images({ n: 2 }, flux))).rejects.toThrow(/n/);
  });
});

describe("usage of media", () => {
  it.each([
    ["a duration", { type: "duration", seconds: 8.47 }, "audio.transcriptions", { audio_ms: 8_470 }],
    ["characters", { characters: 12 }, "audio.speech", { characters: 12 }],
    ["speech", { input_tokens: 4, output_tokens: 9 }, "audio.speech", { input: 4, output: 0, audio_out: 9 }],
    ["a negative duration", { seconds: -1 }, "audio.transcriptions", null],
    ["half a token", { input_tokens: 0.5, output_tokens: 1 }, "images.generations", null],
    ["nothing", {}, "images.generations", null],
    ["words", { input_tokens: "1", output_tokens: "2" }, "audio.speech", null],
  ] as const)("%s", async (_what, usage, operation, units) => {
    expect((await adapterOf("openai")).mapUsage(usage, operation, null)).toEqual(units);
  });

  it("parts of the output that exceed it are clamped to it", async () => {
    const usage = {
      input_tokens: 10,
      input_tokens_details: { image_tokens: 30, text_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { image_tokens: 9 },
    };
    const units = (await adapterOf("openai")).mapUsage(usage, "images.edits", null);
    expect(units).toEqual({ input: 0, image_in: 10, output: 0, image_out: 5 });
  });

  it("of Groq is ten seconds at least", async () => {
    const groq = await adapterOf("groq");
    expect(groq.mapUsage({ seconds: 1 }, "audio.transcriptions", null)).toEqual({ audio_ms: 10_000 });
    expect(groq.mapUsage({ seconds: 11 }, "audio.transcriptions", null)).toEqual({ audio_ms: 11_000 });
  });
});
