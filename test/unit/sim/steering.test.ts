import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { clientOf, post, user } from "./client.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

interface Played {
  readonly name: string;
  readonly stream: (prompt: string) => Promise<Response>;
  readonly whole: (prompt: string) => Promise<Response>;
  /** What the provider's own client reads of a stream. */
  readonly read: (prompt: string) => Promise<string>;
}

const KEY = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
const messages = (prompt: string) => ({ model: "claude-opus-5", max_tokens: 500, messages: user(prompt) });
const responses = (prompt: string) => ({ model: "gpt-4.1-nano", input: prompt });
const PLAYED: readonly Played[] = [
  {
    name: "Anthropic messages",
    stream: (prompt) => post(sim, "/anthropic/v1/messages", { ...messages(prompt), stream: true }, KEY),
    whole: (prompt) => post(sim, "/anthropic/v1/messages", messages(prompt), KEY),
    read: async (prompt) => {
      const client = new Anthropic({ apiKey: "k", baseURL: `${sim.url}/anthropic`, maxRetries: 0 });
      return client.messages.stream(messages(prompt)).finalText();
    },
  },
  {
    name: "OpenAI responses",
    stream: (prompt) => post(sim, "/openai/v1/responses", { ...responses(prompt), stream: true }),
    whole: (prompt) => post(sim, "/openai/v1/responses", responses(prompt)),
    read: async (prompt) => (await clientOf(sim).responses.stream(responses(prompt)).finalResponse()).output_text,
  },
];

describe.each(PLAYED)("$name, steered", ({ stream, whole, read }) => {
  it("reads the same under every framing that SSE allows", async () => {
    const plain = await read("[[sim: tokens=12]]");
    expect(plain).not.toBe("");
    for (const framing of ["split", "crlf", "comments", "crlf comments split", "cr"]) {
      sim.configure(framing);
      expect(await read("[[sim: tokens=12]]")).toBe(plain);
    }
  });

  it("dies after so many events, within one too, and says nothing more after a stall", async () => {
    for (const directive of ["die_after=3", "die_after=3 die_inside"]) {
      const response = await stream(`[[sim: tokens=9 ${directive}]]`);
      await expect(response.text()).rejects.toThrow();
    }
    const stalled = await stream("[[sim: tokens=9 stall_after=3]]");
    const reader = stalled.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    await reader?.cancel();
    const seen = await sim.waitFor(({ outcome }) => outcome === "aborted");
    expect(seen).toMatchObject({ framesSent: 3, aborted: true });
  });

  it("ends in garbage, and a whole answer breaks in its middle", async () => {
    expect(await (await stream("[[sim: garbage=2]]")).text()).toContain("502 Bad Gateway");
    await expect((await whole("[[sim: die_after=1]]")).text()).rejects.toThrow();
  });

  it("fails so many times, with a pause to wait for", async () => {
    const statuses: unknown[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const response = await whole("[[sim: fail=429 fail_times=2 retry_after=3]]");
      statuses.push([response.status, response.headers.get("retry-after")]);
    }
    expect(statuses).toEqual([
      [429, "3"],
      [429, "3"],
      [200, null],
    ]);
  });

  it("withholds usage, reports none, and reports what it is told", async () => {
    const usageOf = async (directive: string) => {
      const body: unknown = await (await whole(`[[sim: ${directive}]]`)).json();
      return typeof body === "object" && body !== null && "usage" in body ? body.usage : null;
    };
    expect(await usageOf("no_usage")).toBeNull();
    expect(await usageOf("zero_usage")).toMatchObject({ input_tokens: 0, output_tokens: 0 });
    expect(await usageOf("usage_input=9 usage_output=7")).toMatchObject({ input_tokens: 9, output_tokens: 7 });
    expect(await usageOf("overrun=900")).toMatchObject({ output_tokens: 900 });
    expect(await usageOf("empty")).toMatchObject({ output_tokens: 0 });
  });

  it("S3: echoes the key only by directive, and refuses a bad one with 401", async () => {
    const echoed = await whole("[[sim: echo_key fail=401]]");
    expect([echoed.status, await echoed.text()]).toEqual([401, expect.stringMatching(/provided: (?:k|sk-test-key)\./)]);
    expect((await whole("[[sim: bad_key]]")).status).toBe(401);
  });

  it("lies", async () => {
    expect(await (await whole("[[sim: lie=usage]]")).text()).toContain("1999999999");
    expect(await (await stream("[[sim: lie=negative]]")).text()).toContain("-5");
    const text = await (await stream("[[sim: tokens=9 lie=truncated]]")).text();
    expect(text).toContain("delta");
    expect(text).not.toMatch(/message_stop|response\.completed/);
    expect(await (await stream("[[sim: lie=content]]")).text()).not.toContain("event: ");
  });

  it("refuses an unknown directive and a body that is no JSON", async () => {
    expect((await whole("[[sim: tokns=9]]")).status).toBe(400);
    const path = sim.received()[0]?.path ?? "";
    expect((await post(sim, path, "{", KEY)).status).toBe(400);
  });
});
