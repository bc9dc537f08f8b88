import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  configureProviders,
  type ProviderAdapter,
  type ProviderCall,
  type ProviderSettings,
  type UpstreamRequest,
} from "#providers";
import { parseChatRequest, parseEmbeddingsRequest } from "#wire";
import { ADAPTERS } from "./adapters.ts";

const settings: ProviderSettings = {
  baseUrl: "https://up.example/v1",
  apiKey: "sk-up",
  fetch: () => Promise.reject(new Error("no call is made here")),
};
const HELLO = '"messages":[{"role":"user","content":"hi"}]';

function adapterOf(id: string): ProviderAdapter {
  const adapter = ADAPTERS.get(id);
  if (!adapter) throw new Error(`no ${id}`);
  return adapter;
}

/** What is sent, where it is text and made at once: true of every provider in this file. */
function send(id: string, call: ProviderCall): UpstreamRequest & { readonly body: string } {
  const sent = adapterOf(id).encodeRequest(settings, call);
  if (sent instanceof Promise || typeof sent.body !== "string") throw new Error(`${id} sends something else`);
  return { ...sent, body: sent.body };
}

function encode(
  id: string,
  text: string,
  outputTokens: number | null = null,
  upstreamModel = "up-model",
): ReturnType<typeof send> {
  const request = parseChatRequest(text);
  return send(id, { operation: "chat.completions", upstreamModel, request, outputTokens });
}

describe("what an upstream is sent", () => {
  it("is the caller's text with the model, the output maximum, stream options and our extensions changed", () => {
    const text = `{ "model":"openai/x", ${HELLO},\n "temperature":1.0, "usage":{"include":true}, "max_tokens":5, "new":[1e400] , "stream":true }`;
    const sent = encode("openai", text, 4);
    expect(sent.body).toBe(
      `{ "model":"up-model", ${HELLO},\n "temperature":1.0, "new":[1e400] , "stream":true,"max_completion_tokens":4,"stream_options":{"include_usage":true} }`,
    );
    expect(sent).toMatchObject({ url: "https://up.example/v1/chat/completions", stream: true });
  });

  it("changes nothing but the model where nothing else is asked", () => {
    expect(encode("openai", `{"model":"a",${HELLO}}`).body).toBe(`{"model":"up-model",${HELLO}}`);
  });

  it.each([
    ["openai", "max_completion_tokens"],
    ["groq", "max_completion_tokens"],
    ["mistral", "max_tokens"],
    ["deepseek", "max_tokens"],
    ["xai", "max_completion_tokens"],
    ["sandbox", "max_completion_tokens"],
  ])("names the output maximum as %s does: %s, once", (id, param) => {
    const members = z.record(z.string(), z.unknown());
    const sent = (text: string, granted: number | null): Record<string, unknown> =>
      members.parse(JSON.parse(encode(id, text, granted).body));
    const both = `{"model":"a",${HELLO},"max_tokens":9,"max_completion_tokens":7}`;
    for (const [text, granted, expected] of [
      [both, 3, 3],
      [both, null, 7],
      [`{"model":"a",${HELLO}}`, 3, 3],
    ] as const) {
      const { max_tokens, max_completion_tokens } = sent(text, granted);
      expect([max_tokens, max_completion_tokens].filter((value) => value !== undefined)).toEqual([expected]);
      expect(sent(text, granted)[param]).toBe(expected);
    }
  });

  it("G29: asks for usage where it must and then has the chunk dropped, unless the caller wants it", () => {
    const stream = (more: string): string => `{"model":"a",${HELLO},"stream":true${more}}`;
    for (const id of ["openai", "deepseek", "xai", "sandbox"]) {
      expect(encode(id, stream(""))).toMatchObject({ dropUsageChunk: true });
      expect(encode(id, stream("")).body).toContain('"stream_options":{"include_usage":true}');
      expect(encode(id, stream(',"usage":{"include":true}')).dropUsageChunk).toBe(false);
      const own = ',"stream_options": { "include_usage" : true }';
      expect(encode(id, stream(own))).toMatchObject({ dropUsageChunk: false });
      expect(encode(id, stream(own)).body).toContain(own);
    }
    const other = encode("openai", stream(',"stream_options":{"include_obfuscation":false}'));
    expect(other.body).toContain('"stream_options":{"include_obfuscation":false,"include_usage":true}');
    expect(encode("openai", `{"model":"a",${HELLO}}`).dropUsageChunk).toBe(false);
  });

  it("relays or strips stream options where usage comes unasked", () => {
    const text = `{"model":"a",${HELLO},"stream":true,"stream_options":{"include_usage":true}}`;
    expect(encode("groq", text).body).toContain('"stream_options"');
    expect(encode("mistral", text).body).not.toContain("stream_options");
    expect(encode("groq", `{"model":"a",${HELLO},"stream":true}`).body).not.toContain("stream_options");
    for (const id of ["groq", "mistral"])
      expect(encode(id, `{"model":"a",${HELLO},"stream":true}`).dropUsageChunk).toBe(false);
  });

  it("G27: headers are constants and our key, whatever the model is called", () => {
    const sent = encode("openai", `{"model":"a",${HELLO}}`, null, 'x\r\nauthorization: Bearer stolen\r\n"');
    expect(sent.headers).toEqual({
      "content-type": "application/json",
      accept: "application/json",
      authorization: "Bearer sk-up",
    });
    expect(sent.url).toBe("https://up.example/v1/chat/completions");
    expect(sent.body).not.toMatch(/[\r\n]/);
    expect(z.object({ model: z.string() }).parse(JSON.parse(sent.body)).model).toContain("stolen");
  });

  it("G20: the body sent holds one of each member, the one that was priced", () => {
    const sent = encode("openai", `{"model":"cheap","n":128,${HELLO},"mod\\u0065l":"dear","n":1}`);
    expect(sent.body).toBe(`{${HELLO},"mod\\u0065l":"up-model","n":1}`);
  });

  it("embeddings change in their model alone", () => {
    const request = parseEmbeddingsRequest('{"input":["a"],"model":"openai/e","encoding_format":"base64"}');
    const sent = send("openai", { operation: "embeddings", upstreamModel: "e", request });
    expect(sent).toMatchObject({ url: "https://up.example/v1/embeddings", stream: false, dropUsageChunk: false });
    expect(sent.body).toBe('{"input":["a"],"model":"e","encoding_format":"base64"}');
  });

  it.each(["openai", "mistral"])("our own members of embeddings do not reach %s", (provider) => {
    const own = '"models":["a/b"],"provider":{"only":["x"]}';
    const request = parseEmbeddingsRequest(`{"input":["a"],${own},"model":"openai/e","user":"u"}`);
    const sent = send(provider, { operation: "embeddings", upstreamModel: "e", request });
    expect(sent.body).toBe('{"input":["a"],"model":"e","user":"u"}');
  });
});

describe("configuring providers", () => {
  const clock = { nowMs: () => 0 };
  const configure = (variables: Record<string, unknown>): ReturnType<typeof configureProviders> =>
    configureProviders(variables, settings.fetch, clock);

  it("has the sandbox always, and the others by key or base URL", () => {
    expect([...configure({}).keys()]).toEqual(["sandbox"]);
    const providers = configure({
      OPENAI_API_KEY: "sk-1",
      GROQ_BASE_URL: "http://127.0.0.1:8790/groq/v1/",
      MISTRAL_API_KEY: "",
      XAI_API_KEY: 5,
    });
    expect([...providers.keys()]).toEqual(["openai", "groq", "sandbox"]);
    expect(providers.get("openai")?.settings).toMatchObject({ baseUrl: "https://api.openai.com/v1", apiKey: "sk-1" });
    expect(providers.get("groq")?.settings).toMatchObject({ baseUrl: "http://127.0.0.1:8790/groq/v1", apiKey: null });
  });

  it.each([
    { OPENAI_API_KEY: "sk\r\nx-evil: SECRET" },
    { OPENAI_API_KEY: "sk SECRET" },
    { OPENAI_BASE_URL: "ftp://SECRET" },
    { OPENAI_BASE_URL: "SECRET" },
    { OPENAI_BASE_URL: "https://u:SECRET@x.example" },
    { OPENAI_BASE_URL: "https://x.example/?key=SECRET" },
  ])("G27: refuses %j without repeating its value", (variables) => {
    expect(() => configure(variables)).toThrow(RangeError);
    expect(() => configure(variables)).toThrow(/^OPENAI_(API_KEY|BASE_URL) is not a (key|base URL)$/);
  });
});
