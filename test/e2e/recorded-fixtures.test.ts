import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createParser } from "eventsource-parser";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { call, openAi } from "./support/client.ts";
import { startWorld, type Generation, type Organization, type World } from "./support/world.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const OWN = resolve(ROOT, "test/fixtures/openai-chat");
const SHARED = resolve(ROOT, "../shared/fixtures");

const PROVIDERS = [
  { provider: "openai", folder: "openai-chat", model: "openai/gpt-4o-mini", upstream: "gpt-4o-mini" },
  { provider: "groq", folder: "groq-chat", model: "groq/llama-3.3-70b-versatile", upstream: "llama-3.3-70b-versatile" },
  {
    provider: "mistral",
    folder: "mistral-chat",
    model: "mistral/mistral-small-latest",
    upstream: "mistral-small-latest",
  },
] as const;

type Provider = (typeof PROVIDERS)[number];
const [OPENAI] = PROVIDERS;
/** Own streams with comments, ids, or anything after their end. */
const HOLDS_MORE_THAN_DATA = new Set(["crlf-comments.sse", "event-names-bom.sse", "events-after-finish.sse"]);

let world: World;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld();
  organization = await world.organization("100");
});
afterAll(() => world.stop());

/** What a client has read of an answer, and how its reading ended. */
interface Reading {
  readonly text: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finish: string | null;
  readonly usage: unknown;
  readonly failed: boolean;
}

const bodyOf = (model: string, fixture: string, split: boolean) => ({
  model,
  messages: [{ role: "user" as const, content: `[[sim: fixture=${fixture}${split ? " split=1" : ""}]]` }],
});

/** Reads a stream with the official client, as its users do. */
async function readStream(client: OpenAI, body: ReturnType<typeof bodyOf>): Promise<{ reading: Reading; id: string }> {
  const { data, request_id } = await client.chat.completions
    .create({ ...body, stream: true, stream_options: { include_usage: true } })
    .withResponse();
  let text = "";
  let finish: string | null = null;
  let usage: unknown = null;
  let failed = false;
  const tools = new Map<number, { id: string; name: string; arguments: string }>();
  try {
    for await (const chunk of data) {
      usage = chunk.usage ?? Reflect.get(Object(Reflect.get(chunk, "x_groq")), "usage") ?? usage;
      for (const { delta, finish_reason: reason } of chunk.choices) {
        text += delta.content ?? "";
        finish = reason ?? finish;
        for (const [at, piece] of (delta.tool_calls ?? []).entries()) {
          const tool = tools.get(piece.index ?? at) ?? { id: "", name: "", arguments: "" };
          tools.set(piece.index ?? at, {
            id: tool.id || (piece.id ?? ""),
            name: tool.name + (piece.function?.name ?? ""),
            arguments: tool.arguments + (piece.function?.arguments ?? ""),
          });
        }
      }
    }
  } catch {
    failed = true;
  }
  return { reading: { text, toolCalls: [...tools.values()], finish, usage, failed }, id: request_id ?? "" };
}

const through = () => openAi(world.url, organization.key);
const direct = (provider: Provider) => openAi(`${world.stack.urls.sim}/${provider.provider}/v1`, "sk-direct");

const usageSchema = z.looseObject({ prompt_tokens: z.int(), completion_tokens: z.int() });

/** The receipt counts what the client was told, in disjoint buckets. */
function expectMeasured(receipt: Generation, usage: unknown): void {
  const { prompt_tokens: prompt, completion_tokens: completion } = usageSchema.parse(usage);
  const { output = 0, reasoning = 0, audio_out: audioOut = 0, ...input } = receipt.units;
  expect(receipt.kind).toBe("measured");
  expect(Object.values(input).reduce((sum, count) => sum + count, 0)).toBe(prompt);
  expect(output + reasoning + audioOut).toBe(completion);
}

describe.each(PROVIDERS)("recorded answers of $provider", (provider) => {
  const folder = resolve(SHARED, provider.folder);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const streams = names.filter((name) => name.endsWith(".chunks.txt"));
  const wholes = names.filter((name) => name.endsWith(".json") && !name.includes("error"));
  const refusals = names.filter((name) => name.endsWith(".json") && name.includes("error"));

  if (names.length === 0)
    test.skip("the recorded fixtures are not beside this checkout: nothing is replayed", () => {});

  test.each(
    streams.flatMap((name) => [
      { name, split: false },
      { name, split: true },
    ]),
  )("G16: $name streams as read directly (every byte alone: $split)", async ({ name, split }) => {
    const fixture = `${provider.folder}/${name}`;
    const own = await readStream(direct(provider), bodyOf(provider.upstream, fixture, false));
    const { reading, id } = await readStream(through(), bodyOf(provider.model, fixture, split));
    expect(reading).toEqual(own.reading);
    expect(reading.failed).toBe(false);
    expect(reading.text.length + reading.toolCalls.length).toBeGreaterThan(0);
    if (reading.usage !== null) expectMeasured(await organization.generation(id), reading.usage);
  });

  test.each(wholes)("%s is answered byte for byte", async (name) => {
    const fixture = `${provider.folder}/${name}`;
    const { text, id } = await call(`${world.url}/chat/completions`, bodyOf(provider.model, fixture, false), {
      key: organization.key,
    });
    expect(text).toBe(readFileSync(resolve(folder, name), "utf8"));
    const own = await direct(provider).chat.completions.create(bodyOf(provider.upstream, fixture, false));
    const ours = await through().chat.completions.create(bodyOf(provider.model, fixture, true));
    expect(ours.choices).toEqual(own.choices);
    expectMeasured(await organization.generation(id), ours.usage);
  });

  test.each(refusals)("%s becomes our own error, none of its text relayed", async (name) => {
    const recorded = z
      .looseObject({ error: z.looseObject({ message: z.string() }) })
      .parse(JSON.parse(readFileSync(resolve(folder, name), "utf8")));
    const answer = await call(
      `${world.url}/chat/completions`,
      bodyOf(provider.model, `${provider.folder}/${name}`, false),
      { key: organization.key },
    );
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("upstream_invalid_request");
    expect(answer.text).not.toContain(recorded.error.message);
  });
});

const expectedSchema = z.looseObject({
  covers: z.string(),
  text: z.string(),
  tool_calls: z.array(z.looseObject({ id: z.string(), name: z.string(), arguments: z.string() })),
  usage: z.unknown(),
});

describe("our own streams, with the framing that recordings lack", () => {
  const names = readdirSync(OWN).filter((name) => name.endsWith(".sse"));
  const breaks = new Set(["dies-mid-event.sse", "error-event.sse"]);

  test.each(
    names.flatMap((name) => [
      { name, split: false },
      { name, split: true },
    ]),
  )("G16, G17: $name reads as it should (every byte alone: $split)", async ({ name, split }) => {
    const expected = expectedSchema.parse(
      JSON.parse(readFileSync(resolve(OWN, name.replace(".sse", ".json")), "utf8")),
    );
    const fixture = `openai-chat/${name}`;
    const { reading, id } = await readStream(through(), bodyOf(OPENAI.model, fixture, split));
    expect(reading.text).toBe(expected.text);
    expect(reading.failed).toBe(breaks.has(name));
    expect(reading.toolCalls).toEqual(
      expected.tool_calls.map(({ id: toolId, name: toolName, arguments: text }) => ({
        id: toolId,
        name: toolName,
        arguments: text,
      })),
    );
    const receipt = await organization.generation(id);
    expect(receipt.outcome).toBe(breaks.has(name) ? "interrupted" : "completed");
    if (expected.usage !== null) expectMeasured(receipt, expected.usage);
    else expect(receipt.kind).toBe("estimated");
  });

  test.each(names.filter((name) => !breaks.has(name)))(
    "%s passes byte for byte, or event by event where it holds more than data, when the caller asked for usage",
    async (name) => {
      const body = {
        ...bodyOf(OPENAI.model, `openai-chat/${name}`, true),
        stream: true,
        stream_options: { include_usage: true },
      };
      const { text } = await call(`${world.url}/chat/completions`, body, { key: organization.key });
      const sent = readFileSync(resolve(OWN, name), "utf8").replace(/^\uFEFF/, "");
      // What is not data (comments, ids, anything after the end) may hold an upstream's words: it stays here (trap S3).
      if (HOLDS_MORE_THAN_DATA.has(name)) expect(dataOf(text)).toEqual(dataOf(sent));
      else expect(text).toBe(sent);
    },
  );
});

/** The data of a stream's events, up to its end. */
function dataOf(stream: string): readonly string[] {
  const found: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => found.push(data) });
  parser.feed(stream);
  const end = found.indexOf("[DONE]");
  return end < 0 ? found : found.slice(0, end + 1);
}
