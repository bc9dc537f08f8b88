import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROVIDERS } from "#providers";
import { parseChatRequest, type AnswerEvent } from "#wire";
import { simulatedBaseUrl, simulatedKey, startSim, type Sim } from "../../../dev/sim/index.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(async () => sim.stop());

const MODELS: Readonly<Record<string, string>> = {
  google: "gemini-3-pro-preview",
  bedrock: "anthropic.claude-sonnet-4-5-20250929-v1:0",
  cohere: "command-a-03-2025",
};

const tool = {
  type: "function",
  function: {
    name: "weather",
    description: "The weather of a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
  },
};
const asked = [{ role: "user", content: "Berne? [[sim: reasoning=3]]" }];
const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };
const called = {
  role: "assistant",
  content: null,
  tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Berne"}' } }],
};

/** One chat call through the gateway's own adapter: what the upstream's codec reads of the simulator's answer. */
async function ask(provider: string, chat: object): Promise<readonly AnswerEvent[]> {
  const spec = PROVIDERS.find(({ id }) => id === provider);
  const upstreamModel = MODELS[provider] ?? "";
  if (spec === undefined) throw new Error(`no provider ${provider}`);
  const request = parseChatRequest(JSON.stringify({ model: "m", ...chat }));
  const settings = {
    baseUrl: simulatedBaseUrl(sim.url, provider),
    apiKey: simulatedKey(provider, "a-test-key"),
    fetch,
  };
  const adapter = await spec.load();
  const sent = await adapter.encodeRequest(settings, {
    operation: "chat.completions",
    upstreamModel,
    request,
    outputTokens: 900,
  });
  const body = typeof sent.body === "string" ? sent.body : null;
  const response = await fetch(sent.url, { method: "POST", headers: { ...sent.headers }, body });
  if (response.status !== 200) throw new Error(`${provider} refused: ${await response.text()}`);
  const { codec } = sent;
  if (codec === null) throw new Error("text has a codec");
  if (!request.stream) return codec.decodeResponse(await response.text()).events;
  const source = codec.createSource();
  const decoder = codec.createDecoder({ choices: 1 });
  const items = [...source.push(new Uint8Array(await response.arrayBuffer())), ...source.finish()];
  const events = items.flatMap((item) => (item.type === "event" ? [...decoder.see(item.event)] : []));
  expect([decoder.end(), items.filter(({ type }) => type === "foreign")]).toEqual(["complete", []]);
  return events;
}

const textOf = (events: readonly AnswerEvent[]) =>
  events.map((event) => (event.type === "text" ? event.text : "")).join("");
const argumentsOf = (events: readonly AnswerEvent[]) =>
  events.map((event) => (event.type === "tool-arguments" ? event.text : "")).join("");
const usageOf = (events: readonly AnswerEvent[]) => events.findLast(({ type }) => type === "usage");
const finishOf = (events: readonly AnswerEvent[]) => events.find(({ type }) => type === "finish");

describe.each(Object.keys(MODELS))("the gateway's adapter of %s and the simulator", (provider) => {
  it("agree on text and usage, whole and streamed", async () => {
    const chat = { messages: [{ role: "system", content: "Be short" }, ...asked] };
    const whole = await ask(provider, chat);
    const streamed = await ask(provider, { ...chat, stream: true });
    expect(textOf(whole)).toMatch(/\w/);
    expect(textOf(streamed)).toBe(textOf(whole));
    expect(usageOf(whole)).toBeDefined();
    expect(usageOf(streamed)).toEqual(usageOf(whole));
    expect(finishOf(streamed)).toEqual(finishOf(whole));
  });

  it("agree on a forced tool's arguments, and on its result in the next turn", async () => {
    const chat = { messages: asked, tools: [tool], tool_choice: "required" };
    const whole = await ask(provider, chat);
    expect(JSON.parse(argumentsOf(whole))).toEqual({ city: expect.any(String) });
    const streamed = await ask(provider, { ...chat, stream: true });
    expect(argumentsOf(streamed)).toBe(argumentsOf(whole));
    expect(finishOf(streamed)).toMatchObject({ reason: "tool-calls" });
    const result = { role: "tool", tool_call_id: "call_1", content: "sunny" };
    expect(textOf(await ask(provider, { messages: [...asked, called, result], tools: [tool] }))).toMatch(/\w/);
  });

  it("agree on a schema and on an image", async () => {
    const schema = {
      type: "object",
      properties: { kind: { enum: ["small"] } },
      required: ["kind"],
      additionalProperties: false,
    };
    const format = { type: "json_schema", json_schema: { name: "thing", schema, strict: true } };
    expect(textOf(await ask(provider, { messages: asked, response_format: format }))).toBe('{"kind":"small"}');
    const seen = await ask(provider, {
      messages: [{ role: "user", content: [{ type: "text", text: "What?" }, image] }],
    });
    expect(textOf(seen)).toMatch(/\w/);
  });
});

it("Bedrock takes a document that the caller sent without a word", async () => {
  const file = { type: "file", file: { filename: "a .. b.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } };
  expect(textOf(await ask("bedrock", { messages: [{ role: "user", content: [file] }] }))).toMatch(/\w/);
});
