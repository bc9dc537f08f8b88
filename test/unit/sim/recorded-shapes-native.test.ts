import { afterAll, beforeAll, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { post, user } from "./client.ts";
import { describeRecorded, readChunks, readRecorded, shapeOf } from "./recordings.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(async () => sim.stop());

const KEY = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
const askMessages = (prompt: string, extra: object = {}) =>
  post(
    sim,
    "/anthropic/v1/messages",
    { model: "claude-opus-5", max_tokens: 4_000, messages: user(prompt), ...extra },
    KEY,
  );
const askResponses = (prompt: string, extra: object = {}) =>
  post(sim, "/openai/v1/responses", { model: "gpt-5-mini", input: prompt, ...extra });

const parse = (text: string): unknown => JSON.parse(text);

/** Events with their names: each must be named by its JSON's type. */
async function readNamed(response: Response): Promise<unknown[]> {
  const frames = (await response.text()).split("\n\n").filter((frame) => frame !== "");
  return frames.map((frame) => {
    const [, name, data] = /^event: (\S+)\ndata: (.+)$/.exec(frame) ?? [];
    const event = parse(data ?? "null");
    expect(event).toMatchObject({ type: name });
    return event;
  });
}

/** The first event of each type: what a stream is made of, how often it repeats aside. */
function firstOfEach(events: readonly unknown[]): [string, unknown][] {
  const found = new Map<string, unknown>();
  for (const event of events) {
    const type = typeof event === "object" && event !== null && "type" in event ? String(event.type) : "";
    if (!found.has(type)) found.set(type, shapeOf(event));
  }
  return [...found];
}

const byName = (entries: readonly [string, unknown][]) => entries.toSorted(([a], [b]) => a.localeCompare(b));
const schema = { type: "object", properties: { place: { type: "string" } } };
const emptyTool = { name: "updateIssueList", input_schema: { type: "object", properties: {} } };

describeRecorded("the simulated Anthropic against recorded messages: keys, their order and types", () => {
  it("streams text", async () => {
    const events = await readNamed(await askMessages("[[sim: tokens=6]]", { stream: true }));
    expect(events.map(shapeOf)).toEqual(readChunks("anthropic-messages/anthropic-text.chunks.txt").map(shapeOf));
  });

  it("answers text whole", async () => {
    const recorded = parse(readRecorded("anthropic-messages/anthropic-text.json"));
    expect(shapeOf(await (await askMessages("hi")).json())).toEqual(shapeOf(recorded));
  });

  it("streams thinking and its signature before the text", async () => {
    const thinking = { type: "adaptive" };
    const events = await readNamed(await askMessages("[[sim: reasoning=10 tokens=3]]", { stream: true, thinking }));
    const deltas = (list: readonly unknown[]) =>
      list.flatMap((event) => (JSON.stringify(event).includes("content_block_delta") ? [shapeOf(event)] : []));
    const recorded = readChunks("anthropic-messages/anthropic-clear-thinking.1.chunks.txt");
    expect(deltas(events)).toEqual(deltas(recorded));
    expect(shapeOf(events[1])).toEqual(shapeOf(recorded[1]));
  });

  it("counts thinking where the recording of a newer model does", async () => {
    const recorded = parse(readRecorded("anthropic-messages/anthropic-claude-opus-5-reasoning-high.1.json"));
    const answer: unknown = await (await askMessages("why?", { thinking: { type: "adaptive" } })).json();
    const usageOf = (value: unknown) =>
      typeof value === "object" && value !== null && "usage" in value ? shapeOf(value.usage) : null;
    expect(usageOf(answer)).toEqual(usageOf(recorded));
  });

  it("streams a call without arguments", async () => {
    const events = await readNamed(
      await askMessages("x", { stream: true, tools: [emptyTool], tool_choice: { type: "any" } }),
    );
    const recorded = readChunks("anthropic-messages/anthropic-tool-no-args.chunks.txt").filter(
      (event) => !JSON.stringify(event).includes("text"),
    );
    const kinds = new Set(firstOfEach(recorded).map(([type]) => type));
    const ours = firstOfEach(events).filter(([type]) => kinds.has(type) && type !== "message_start");
    expect(byName(ours)).toEqual(byName(firstOfEach(recorded).filter(([type]) => type !== "message_start")));
  });

  it("refuses as recorded, whole and streamed", async () => {
    const events = await readNamed(await askMessages("[[sim: refuse]]", { stream: true }));
    expect(events.map(shapeOf)).toEqual(readChunks("anthropic-messages/anthropic-refusal.chunks.txt").map(shapeOf));
    const whole: unknown = await (await askMessages("[[sim: refuse]]")).json();
    expect(shapeOf(whole)).toEqual(shapeOf(parse(readRecorded("anthropic-messages/anthropic-refusal.json"))));
  });

  it("replays a recorded stream with its events named", async () => {
    const file = "anthropic-messages/anthropic-text.chunks.txt";
    const events = await readNamed(await askMessages(`[[sim: fixture=${file}]]`, { stream: true }));
    expect(events).toEqual(readChunks(file));
  });
});

const REASONING = "openai-responses/openai-reasoning-encrypted-content.1";
const sealed = {
  include: ["reasoning.encrypted_content"],
  reasoning: { effort: "high", summary: "detailed" },
  store: false,
};
const calculator = {
  type: "function",
  description: "x",
  name: "calculator",
  parameters: { ...schema, required: ["place"], additionalProperties: false },
  strict: true,
};

/** The tools are the request's own: what they look like says nothing about the simulator. */
const withoutTools = (shape: unknown): unknown =>
  Array.isArray(shape)
    ? shape
        .filter((entry) => !(Array.isArray(entry) && entry[0] === "tools"))
        .map((entry: unknown) => withoutTools(entry))
    : shape;

describeRecorded("the simulated responses against recorded ones: keys, their order and types", () => {
  it("answers whole with reasoning and text", async () => {
    const recorded = parse(readRecorded(`${REASONING}.json`));
    const answer: unknown = await (
      await askResponses("[[sim: reasoning=5]]", { ...sealed, tools: [calculator] })
    ).json();
    expect(withoutTools(shapeOf(answer))).toEqual(withoutTools(shapeOf(recorded)));
  });

  it.each([
    ["reasoning and a call", "[[sim: reasoning=5 calls=1]]"],
    ["text", "hi"],
  ])("streams %s", async (_, prompt) => {
    const chunks = readChunks(`${REASONING}.chunks.txt`);
    const events = firstOfEach(
      await readNamed(await askResponses(prompt, { ...sealed, tools: [calculator], stream: true })),
    );
    const recorded = new Map(firstOfEach(chunks));
    // The first response of the recording ends with a call, the last with a text: items differ, all else is the same.
    const comparable = events.filter(([type]) => !/output_item|response\.completed/.test(type));
    expect(comparable.length).toBeGreaterThan(5);
    for (const [type, shape] of comparable) {
      expect([type, withoutTools(shape)]).toEqual([type, withoutTools(recorded.get(type))]);
    }
  });

  it("fails in mid-stream as recorded", async () => {
    const events = await readNamed(await askResponses("[[sim: error_after=2 error_status=429]]", { stream: true }));
    const recorded = readChunks("openai-responses/openai-error.1.chunks.txt");
    const shapes = (list: readonly unknown[]) => list.map((event) => shapeOf(event));
    expect(shapes(events.slice(2, 3))).toEqual(shapes(recorded.slice(2, 3)));
    expect(firstOfEach(events).map(([type]) => type)).toEqual(firstOfEach(recorded).map(([type]) => type));
  });
});
