import { afterAll, beforeAll, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { eventsOf, post, user } from "./client.ts";
import { describeRecorded, readChunks, readRecorded, shapeOf } from "./recordings.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(async () => sim.stop());

const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];

async function streamed(provider: string, extra: object = {}): Promise<unknown[]> {
  const body = {
    model: "m",
    messages: user("[[sim: tokens=3]]"),
    stream: true,
    stream_options: { include_usage: true },
    ...extra,
  };
  return eventsOf(await (await post(sim, `/${provider}/v1/chat/completions`, body)).text());
}

/** First, second, last but one and last: role, text, finish and usage. */
const landmarks = (chunks: readonly unknown[]) => [chunks[0], chunks[1], chunks.at(-2), chunks.at(-1)].map(shapeOf);

describeRecorded("the simulator against recorded responses: keys, their order and types", () => {
  it.each([
    ["openai", "openai-chat/openai-text.chunks.txt"],
    ["groq", "groq-chat/groq-text.chunks.txt"],
    ["mistral", "mistral-chat/mistral-text.chunks.txt"],
  ])("streams text like %s", async (provider, file) => {
    expect(landmarks(await streamed(provider))).toEqual(landmarks(readChunks(file)));
  });

  it("streams a tool call like Groq", async () => {
    const chunks = await streamed("groq", { tools, tool_choice: "required" });
    expect(chunks.map(shapeOf)).toEqual(readChunks("groq-chat/groq-tool-call.chunks.txt").map(shapeOf));
  });

  it("streams an incremental tool call like Mistral", async () => {
    const recorded = readChunks("mistral-chat/mistral-incremental-tool-call.chunks.txt").map(shapeOf);
    const chunks = (
      await streamed("mistral", { tools, tool_choice: "required", messages: user("[[sim: cached=5]]") })
    ).map(shapeOf);
    expect([chunks[0], chunks[1], chunks.at(-1)]).toEqual(recorded);
  });

  it.each([
    ["openai", "openai-chat/openai-text.json"],
    ["groq", "groq-chat/groq-text.json"],
    ["mistral", "mistral-chat/mistral-text.json"],
  ])("answers whole like %s", async (provider, file) => {
    const response = await post(sim, `/${provider}/v1/chat/completions`, { model: "m", messages: user("hi") });
    expect(shapeOf(await response.json())).toEqual(shapeOf(JSON.parse(readRecorded(file))));
  });

  it("answers a whole tool call like Groq", async () => {
    const response = await post(sim, "/groq/v1/chat/completions", {
      model: "m",
      messages: user("hi"),
      tools,
      tool_choice: "required",
    });
    expect(shapeOf(await response.json())).toEqual(shapeOf(JSON.parse(readRecorded("groq-chat/groq-tool-call.json"))));
  });

  it("answers embeddings like OpenAI", async () => {
    const response = await post(sim, "/openai/v1/embeddings", {
      model: "text-embedding-3-small",
      input: ["a", "b"],
      dimensions: 5,
    });
    expect(shapeOf(await response.json())).toEqual(
      shapeOf(JSON.parse(readRecorded("openai-embeddings/openai-embedding.json"))),
    );
  });

  it("refuses max_tokens on a reasoning model with the recorded bytes", async () => {
    const response = await post(sim, "/openai/v1/chat/completions", {
      model: "o4-mini",
      messages: user("hi"),
      max_tokens: 5,
    });
    expect(response.status).toBe(400);
    expect((await response.text()).trim()).toBe(
      readRecorded("openai-chat/reasoning-model-legacy-parameter-error.json").trim(),
    );
  });

  it.each(["", " split=1"])("replays a recorded stream line by line%s", async (split) => {
    const file = "mistral-chat/mistral-text.chunks.txt";
    const body = { model: "m", messages: user(`[[sim: fixture=${file}${split}]]`), stream: true };
    const response = await post(sim, "/mistral/v1/chat/completions", body);
    const expected = readRecorded(file)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => `data: ${line}\n\n`);
    expect(await response.text()).toBe(`${expected.join("")}data: [DONE]\n\n`);
  });

  it("replays a recorded error with status 400", async () => {
    const body = {
      model: "m",
      messages: user("[[sim: fixture=openai-chat/reasoning-model-legacy-parameter-error.json]]"),
    };
    expect((await post(sim, "/openai/v1/chat/completions", body)).status).toBe(400);
  });
});
