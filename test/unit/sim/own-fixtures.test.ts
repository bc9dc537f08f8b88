import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createParser } from "eventsource-parser";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { post, user } from "./client.ts";
import { OWN_FIXTURES } from "./recordings.ts";

const names = readdirSync(OWN_FIXTURES)
  .filter((name) => name.endsWith(".sse"))
  .map((name) => name.slice(0, -".sse".length));

const usage = z.looseObject({ prompt_tokens: z.int(), completion_tokens: z.int() }).nullable();
const expectation = z.strictObject({
  covers: z.string(),
  events: z.int(),
  text: z.string(),
  tool_calls: z.array(z.strictObject({ id: z.string(), name: z.string(), arguments: z.string() })),
  finish_reason: z.string().nullable(),
  usage,
  done: z.boolean(),
});
const toolDelta = z.looseObject({
  index: z.int(),
  id: z.string().optional(),
  function: z.looseObject({ name: z.string().optional(), arguments: z.string().optional() }),
});
const chunk = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        delta: z.looseObject({ content: z.string().nullish(), tool_calls: z.array(toolDelta).optional() }),
        finish_reason: z.string().nullable(),
      }),
    )
    .optional(),
  usage: usage.optional(),
});

/** Reads a stream in the plainest way: the last usage and the first finish count. */
function readStream(text: string) {
  let done = false;
  let events = 0;
  let content = "";
  let finish: string | null = null;
  let lastUsage: z.output<typeof usage> = null;
  const calls: { id: string; name: string; arguments: string }[] = [];
  const parser = createParser({
    onEvent({ data }) {
      if (data === "[DONE]") {
        done = true;
        return;
      }
      events += 1;
      const read = chunk.parse(JSON.parse(data));
      lastUsage = read.usage ?? lastUsage;
      for (const choice of read.choices ?? []) {
        content += choice.delta.content ?? "";
        finish ??= choice.finish_reason;
        for (const delta of choice.delta.tool_calls ?? []) {
          const call = (calls[delta.index] ??= { id: "", name: "", arguments: "" });
          call.id += delta.id ?? "";
          call.name += delta.function.name ?? "";
          call.arguments += delta.function.arguments ?? "";
        }
      }
    },
  });
  parser.feed(text);
  return { events, text: content, tool_calls: calls, finish_reason: finish, usage: lastUsage, done };
}

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(async () => sim.stop());

describe("our own stream fixtures", () => {
  it("cover what they must", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        "cr-line-ends",
        "crlf-comments",
        "lf-usage-chunk",
        "multi-byte-text",
        "parallel-tool-calls",
      ]),
    );
  });

  it.each(names)("%s reads as its sidecar says", (name) => {
    const bytes = readFileSync(resolve(OWN_FIXTURES, `${name}.sse`));
    const sidecar: unknown = JSON.parse(readFileSync(resolve(OWN_FIXTURES, `${name}.json`), "utf8"));
    const { covers, ...expected } = expectation.parse(sidecar);
    expect(covers).not.toBe("");
    expect(readStream(new TextDecoder().decode(bytes))).toEqual(expected);
  });

  it("hold the line ends that their names promise", () => {
    const raw = (name: string) => readFileSync(resolve(OWN_FIXTURES, `${name}.sse`), "latin1");
    expect(raw("cr-line-ends")).not.toContain("\n");
    expect(raw("crlf-comments").replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(raw("lf-usage-chunk")).not.toContain("\r");
  });

  it.each(
    names.flatMap((name) => [
      [name, ""],
      [name, " split=1"],
    ]),
  )("%s is replayed byte for byte%s", async (name, split) => {
    const messages = user(`[[sim: fixture=openai-chat/${name}.sse${split}]]`);
    const response = await post(sim, "/openai/v1/chat/completions", { model: "m", messages, stream: true });
    const expected = readFileSync(resolve(OWN_FIXTURES, `${name}.sse`));
    expect(Buffer.from(await response.arrayBuffer()).equals(expected)).toBe(true);
  });
});
