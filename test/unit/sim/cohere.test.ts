import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { countTokens } from "../../../dev/sim/tokens.ts";
import { post as postTo } from "./client.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

const post = async (path: string, body: unknown, headers: Record<string, string> = {}) =>
  postTo(sim, `/cohere/v2${path}`, body, headers);
const json = async (path: string, body: unknown): Promise<unknown> => (await post(path, body)).json();
const user = (content: string) => ({ model: "command-a-03-2025", messages: [{ role: "user", content }] });

interface Event {
  readonly type: string;
  readonly index?: number;
  readonly [name: string]: unknown;
}

/** The events of a stream. Each is named as its `type` says; `[DONE]` has no name. */
async function stream(body: object): Promise<Event[]> {
  const response = await post("/chat", { ...body, stream: true });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const blocks = (await response.text()).split("\n\n").filter((block) => block !== "");
  return blocks.flatMap((block): Event[] => {
    if (block === "data: [DONE]") return [{ type: "[DONE]" }];
    const [, name, data = ""] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? [];
    const event: Event = JSON.parse(data);
    expect(event.type).toBe(name);
    return [event];
  });
}

/** What lies at a path of names and indexes; undefined where there is nothing. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((found, step) => {
    if (typeof found !== "object" || found === null) return undefined;
    return Object.entries(found).find(([name]) => name === String(step))?.[1];
  }, value);
}
const textAt = (value: unknown, ...path: readonly (string | number)[]) => String(at(value, ...path));
const numberAt = (value: unknown, ...path: readonly (string | number)[]) => Number(at(value, ...path));

const typesOf = (events: readonly Event[]) => [...new Set(events.map(({ type }) => type))];

const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const clock = { type: "function", function: { name: "clock", parameters: { type: "object", properties: {} } } };

describe("the simulated Cohere chat", () => {
  it("answers whole with content, what is billed, and tokens with the template", async () => {
    const text = "Tell me about rivers [[sim: tokens=20 cached=448]]";
    const input = countTokens(text);
    expect(await json("/chat", user(text))).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      finish_reason: "COMPLETE",
      message: { role: "assistant", content: [{ type: "text", text: expect.stringMatching(/\w/) }] },
      usage: {
        billed_units: { input_tokens: input, output_tokens: 20 },
        tokens: { input_tokens: input + 495, output_tokens: 20 },
        // Of the template too: more than what is billed.
        cached_tokens: 448,
      },
    });
  });

  it("streams the same text and usage in named events, and [DONE] at last", async () => {
    const body = user("Tell me about rivers [[sim: tokens=3]]");
    const events = await stream(body);
    expect(events.map(({ type }) => type)).toEqual([
      "message-start",
      "content-start",
      "content-delta",
      "content-delta",
      "content-delta",
      "content-end",
      "message-end",
      "[DONE]",
    ]);
    expect(events[0]).toMatchObject({
      id: expect.any(String),
      delta: { message: { role: "assistant", tool_calls: [] } },
    });
    const texts = events.map(
      ({ delta }) => JSON.stringify(delta ?? null).match(/"content":\{"text":"(.*?)"\}/)?.[1] ?? "",
    );
    expect(await json("/chat", body)).toMatchObject({ message: { content: [{ text: texts.join("") }] } });
    const usage = at(await json("/chat", body), "usage");
    expect(events.at(-2)).toEqual({ type: "message-end", delta: { finish_reason: "COMPLETE", usage } });
  });

  it("says its plan and calls tools, whole and in pieces, counted from 0", async () => {
    const body = { ...user("[[sim: calls=2]]"), tools: [weather, clock], tool_choice: "REQUIRED" };
    const whole = await json("/chat", body);
    expect(whole).toMatchObject({
      finish_reason: "TOOL_CALL",
      message: {
        tool_plan: expect.stringMatching(/\w/),
        tool_calls: [
          { id: expect.stringMatching(/^weather_\w{12}$/), type: "function", function: { name: "weather" } },
          { function: { name: "clock", arguments: "{}" } },
        ],
      },
    });
    expect(whole).not.toHaveProperty("message.content");
    const events = await stream(body);
    expect(typesOf(events)).toEqual([
      "message-start",
      "tool-plan-delta",
      "tool-call-start",
      "tool-call-delta",
      "tool-call-end",
      "message-end",
      "[DONE]",
    ]);
    const first = events.filter(({ type, index }) => type === "tool-call-delta" && index === 0);
    const pieces = first.map(({ delta }) => textAt(delta, "message", "tool_calls", "function", "arguments"));
    expect(pieces.length).toBeGreaterThan(1);
    expect(whole).toMatchObject({ message: { tool_calls: [{ function: { arguments: pieces.join("") } }, {}] } });
    expect(JSON.parse(pieces.join(""))).toEqual({ city: expect.any(String) });
    const usage = at(whole, "usage");
    expect(events.at(-2)).toMatchObject({ delta: { usage } });
  });

  it("takes the results of its calls and cites them", async () => {
    const call = { id: "weather_1", type: "function", function: { name: "weather", arguments: "{}" } };
    const history = (id: string) => ({
      ...user("x"),
      messages: [
        { role: "user", content: "Berne? [[sim: tokens=9]]" },
        { role: "assistant", tool_plan: "I look.", tool_calls: [call] },
        { role: "tool", tool_call_id: id, content: [{ type: "document", document: { data: "sunny" } }] },
      ],
      tools: [weather],
    });
    expect(await json("/chat", history("weather_1"))).toMatchObject({
      message: { citations: [{ start: 0, sources: [{ type: "tool", id: "weather_1:0" }], type: "TEXT_CONTENT" }] },
    });
    expect(await json("/chat", history("other"))).toMatchObject({ message: expect.stringContaining("'other'") });
  });

  it("cites documents, in a stream between the text and its end", async () => {
    const body = { ...user("[[sim: tokens=9]]"), documents: [{ data: { title: "Rivers", text: "long" } }] };
    const events = await stream(body);
    const cited = events.find(({ type }) => type === "citation-start");
    const whole = await json("/chat", body);
    const citation = at(cited, "delta", "message", "citations");
    expect(whole).toMatchObject({ message: { citations: [citation] } });
    const text = textAt(whole, "message", "content", 0, "text");
    expect(text.slice(numberAt(citation, "start"), numberAt(citation, "end"))).toBe(textAt(citation, "text"));
    expect(events.map(({ type }) => type).slice(-5)).toEqual([
      "citation-start",
      "citation-end",
      "content-end",
      "message-end",
      "[DONE]",
    ]);
    const off = { ...body, citation_options: { mode: "OFF" } };
    expect(await json("/chat", off)).not.toHaveProperty("message.citations");
  });

  it("thinks in a part of its own before the text", async () => {
    const body = { ...user("[[sim: reasoning=4 tokens=2]]"), thinking: { type: "enabled", token_budget: 100 } };
    expect(await json("/chat", body)).toMatchObject({
      message: { content: [{ type: "thinking", thinking: expect.stringMatching(/\w/) }, { type: "text" }] },
      usage: { billed_units: { output_tokens: 6 } },
    });
    const starts = (await stream(body)).filter(({ type }) => type === "content-start");
    expect(starts.map(({ index, delta }) => [index, at(delta, "message", "content", "type")])).toEqual([
      [0, "thinking"],
      [1, "text"],
    ]);
  });

  it("honours maximum, stop sequence and schema", async () => {
    const text = "[[sim: tokens=30]]";
    expect(await json("/chat", { ...user(text), max_tokens: 4 })).toMatchObject({
      finish_reason: "MAX_TOKENS",
      usage: { billed_units: { output_tokens: 4 } },
    });
    expect(await json("/chat", { ...user(text), stop_sequences: ["e"] })).toMatchObject({
      finish_reason: "STOP_SEQUENCE",
    });
    const json_schema = { type: "object", properties: { kind: { enum: ["small"] } }, required: ["kind"] };
    expect(await json("/chat", { ...user("x"), response_format: { type: "json_object", json_schema } })).toMatchObject({
      message: { content: [{ text: '{"kind":"small"}' }] },
    });
  });

  it("withholds usage and [DONE] as steered", async () => {
    const events = await stream(user("[[sim: tokens=1 no_usage no_done]]"));
    expect(events.at(-1)).toEqual({ type: "message-end", delta: { finish_reason: "COMPLETE" } });
  });

  it.each([
    [401, "invalid api token"],
    [429, "request limit"],
    [498, "usage guidelines"],
    [500, "internal server error"],
    [503, "overloaded"],
  ])("answers %i with an id and a message alone", async (status, words) => {
    const response = await post("/chat", user(`[[sim: fail=${status}]]`));
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ id: expect.any(String), message: expect.stringContaining(words) });
  });

  it("blocks a prompt with 498, and ends a failing stream with ERROR and no [DONE]", async () => {
    expect((await post("/chat", user("[[sim: refuse]]"))).status).toBe(498);
    const events = await stream(user("[[sim: tokens=9 error_after=3]]"));
    expect(events).toHaveLength(4);
    expect(events.at(-1)).toMatchObject({ type: "message-end", delta: { finish_reason: "ERROR" } });
  });

  it("wants a Bearer key and refuses one steered to be wrong", async () => {
    const missing = await post("/chat", user("x"), { authorization: "" });
    expect([missing.status, await missing.json()]).toEqual([
      401,
      { id: expect.any(String), message: "no api key supplied" },
    ]);
    expect((await post("/chat", user("[[sim: bad_key]]"))).status).toBe(401);
  });

  it.each<[string, object, string]>([
    ["an unknown field", { n: 2 }, "unknown field: parameter 'n' is not a valid field"],
    ["an unknown field inside", { response_format: { type: "json_object", strict: true } }, "'response_format.strict'"],
    ["a negative penalty", { presence_penalty: -1 }, "presence_penalty"],
    ["p of 1", { p: 1 }, "p "],
    ["tool_choice without tools", { tool_choice: "REQUIRED" }, "tool_choice"],
    ["a tool choice of OpenAI's", { tools: [weather], tool_choice: "auto" }, "tool_choice"],
    ["JSON with tools", { tools: [weather], response_format: { type: "json_object" } }, "response_format"],
    ["six stop sequences", { stop_sequences: ["1", "2", "3", "4", "5", "6"] }, "stop_sequences"],
    ["an empty message", { messages: [{ role: "user", content: "" }] }, "at least 1 token"],
    ["a role of another format", { messages: [{ role: "developer", content: "x" }] }, "messages.0.role"],
  ])("refuses %s", async (_, change, words) => {
    const response = await post("/chat", { ...user("x"), ...change });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ id: expect.any(String), message: expect.stringContaining(words) });
  });
});

describe("the simulated Cohere embeddings", () => {
  const request = {
    model: "embed-v4.0",
    texts: ["hello", "world"],
    input_type: "search_document",
    output_dimension: 256,
  };

  it("gives each kind asked for, of the same vectors", async () => {
    const types = ["float", "int8", "ubinary", "base64"];
    const answer = await json("/embed", { ...request, embedding_types: types });
    expect(answer).toMatchObject({
      id: expect.any(String),
      texts: request.texts,
      response_type: "embeddings_by_type",
      meta: { billed_units: { input_tokens: countTokens("hello") + countTokens("world") } },
    });
    const embeddings = at(answer, "embeddings");
    expect(Object.keys(Object(embeddings))).toEqual(types);
    const first = numberAt(embeddings, "float", 0, 0);
    expect(at(embeddings, "float", 0)).toHaveLength(256);
    expect(at(embeddings, "ubinary", 0)).toHaveLength(32);
    expect(numberAt(embeddings, "ubinary", 0, 0) >= 128).toBe(first > 0);
    expect(Buffer.from(textAt(embeddings, "base64", 0), "base64").readFloatLE(0)).toBeCloseTo(first, 6);
    expect(at(embeddings, "int8", 0, 0)).toBe(Math.round(first * 127));
  });

  it("bills images by their number", async () => {
    const body = { model: "embed-v4.0", images: ["data:image/png;base64,AA=="], input_type: "image" };
    expect(await json("/embed", body)).toMatchObject({
      meta: { billed_units: { input_tokens: 0, images: 1, image_tokens: 512 } },
    });
  });

  it.each<[string, object]>([
    ["no input type", { input_type: undefined }],
    ["texts and images", { images: ["data:image/png;base64,AA=="] }],
    ["more than 96 texts", { texts: Array.from({ length: 97 }, () => "x") }],
    ["another length", { output_dimension: 100 }],
  ])("refuses %s", async (_, change) => {
    expect((await post("/embed", { ...request, ...change })).status).toBe(400);
  });
});

describe("the simulated Cohere rerank", () => {
  const documents = ["bread and music", "the river crosses a valley", "a quiet river"];

  it("orders by the words in common, up to top_n, and bills a search per hundred documents", async () => {
    const answer = await json("/rerank", { model: "rerank-v3.5", query: "quiet river", documents, top_n: 2 });
    expect(answer).toMatchObject({
      id: expect.any(String),
      results: [{ index: 2, relevance_score: expect.any(Number) }, { index: 1 }],
      meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
    });
    const many = { model: "rerank-v3.5", query: "river", documents: Array.from({ length: 101 }, (_, at) => `d${at}`) };
    expect(await json("/rerank", many)).toMatchObject({ meta: { billed_units: { search_units: 2 } } });
  });

  it("refuses documents that are no texts", async () => {
    const body = { model: "rerank-v3.5", query: "x", documents: [{ text: "x" }] };
    expect(await json("/rerank", body)).toEqual({
      id: expect.any(String),
      message: expect.stringContaining("documents.0"),
    });
  });
});
