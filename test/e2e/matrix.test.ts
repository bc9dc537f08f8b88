import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aiSdkSpeakers } from "./matrix/ai-sdk.ts";
import { anthropicSpeaker } from "./matrix/anthropic.ts";
import { geminiSpeaker } from "./matrix/gemini.ts";
import { openAiChatSpeaker } from "./matrix/openai-chat.ts";
import { openAiResponsesSpeaker } from "./matrix/openai-responses.ts";
import { PIXEL, TOOL_NAME, type Question, type Reply, type Speaker } from "./matrix/speaker.ts";
import { startEdge, type Edge } from "./support/edge.ts";
import { startWorld, until, type Organization, type World } from "./support/world.ts";

/** The formats that upstreams are asked in, with a model of each that reasons and one that answers at once. */
const UPSTREAMS = [
  { upstream: "openai-chat", provider: "openai", model: "openai/gpt-4o-mini", thinker: "deepseek/deepseek-v4-pro" },
  { upstream: "openai-responses", provider: "openai", model: "openai/gpt-5-mini", thinker: "openai/gpt-5-mini" },
  {
    upstream: "anthropic-messages",
    provider: "anthropic",
    model: "anthropic/claude-haiku-4-5-20251001",
    thinker: "anthropic/claude-sonnet-4-5-20250929",
  },
  { upstream: "gemini", provider: "google", model: "google/gemini-2.5-flash", thinker: "google/gemini-2.5-pro" },
] as const;

const SPEAKERS = [
  "openai chat",
  "openai responses",
  "anthropic",
  "google genai",
  "ai over @ai-sdk/openai",
  "ai over @ai-sdk/openai chat",
  "ai over @ai-sdk/anthropic",
  "ai over @ai-sdk/google",
  "ai over @ai-sdk/openai-compatible",
] as const;

let world: World;
let edge: Edge;
let organization: Organization;
let speakers: ReadonlyMap<string, Speaker>;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "50" } });
  edge = await startEdge(world.stack.urls.gateway);
  organization = await world.organization("1000");
  const all = [
    openAiChatSpeaker(edge.url, organization.key),
    openAiResponsesSpeaker(edge.url, organization.key),
    anthropicSpeaker(edge.url, organization.key),
    geminiSpeaker(edge.url, organization.key),
    ...aiSdkSpeakers(edge.url, organization.key),
  ];
  speakers = new Map(all.map((speaker) => [speaker.name, speaker]));
});
afterAll(async () => {
  await edge.stop();
  await world.stop();
});

function speakerOf(name: string): Speaker {
  return speakers.get(name) ?? expect.fail(`no speaker ${name}`);
}

/** Asks whole and streamed; the two must agree in everything that a caller reads. */
async function askBoth(
  speaker: Speaker,
  question: Question,
): Promise<{ readonly whole: Reply; readonly streamed: Reply }> {
  const whole = await speaker.ask(question);
  const streamed = await speaker.stream(question);
  expect(streamed.text).toBe(whole.text);
  expect(streamed.calls.map(({ name, args }) => ({ name, args }))).toEqual(
    whole.calls.map(({ name, args }) => ({ name, args })),
  );
  expect(streamed.finish).toBe(whole.finish);
  expect(streamed.usage.output).toBe(whole.usage.output);
  if (speaker.streamsWithMore === true) expect(streamed.usage.input).toBeGreaterThanOrEqual(whole.usage.input);
  else expect(streamed.usage.input).toBe(whole.usage.input);
  return { whole, streamed };
}

describe.each(SPEAKERS)("%s", (name) => {
  describe.each(UPSTREAMS)("to $upstream", ({ upstream, model, thinker, provider }) => {
    test("text with a system prompt, whole and streamed", async () => {
      const { whole, streamed } = await askBoth(speakerOf(name), {
        model,
        system: "Answer in one paragraph.",
        prompt: "Tell me something. [[sim: tokens=30]]",
      });
      expect(whole.text.length).toBeGreaterThan(40);
      expect(whole.finish).toBe("stop");
      expect(whole.usage.input).toBeGreaterThan(5);
      expect(whole.usage.output).toBeGreaterThanOrEqual(30);
      expect(streamed.pieces).toBeGreaterThan(1);
    });

    test("an output maximum ends the answer and says so", async () => {
      const { whole } = await askBoth(speakerOf(name), { model, prompt: "Go on. [[sim: tokens=60]]", maxTokens: 20 });
      expect(whole.finish).toBe("length");
      expect(whole.text).not.toBe("");
    });

    test("a tool is called, its result is read, the answer follows", async () => {
      const speaker = speakerOf(name);
      const question = { model, tool: "offered" as const, prompt: `What is the weather? [[sim: tool=${TOOL_NAME}]]` };
      const { whole, streamed } = await askBoth(speaker, question);
      for (const reply of [whole, streamed]) {
        expect(reply.finish).toBe("tool");
        expect(reply.calls).toMatchObject([{ name: TOOL_NAME, args: { city: expect.any(String) as unknown } }]);
        const answered = { ...question, prompt: "What is the weather? [[sim: tokens=9]]" };
        const next = await speaker.ask({ ...answered, turn: { reply, result: "Sunny." } });
        expect(next.text).not.toBe("");
        expect(next.calls).toEqual([]);
      }
      const sent = world.stack.sim.received(1)[0];
      expect(JSON.stringify(sent?.body ?? "")).toContain("Sunny.");
    });

    test("a forced tool is called", async () => {
      const { whole } = await askBoth(speakerOf(name), { model, tool: "forced", prompt: "What is the weather?" });
      expect(whole.calls).toMatchObject([{ name: TOOL_NAME }]);
    });

    test("structured output is JSON of the schema", async () => {
      const { whole } = await askBoth(speakerOf(name), { model, structured: true, prompt: "Report." });
      expect(JSON.parse(whole.text)).toMatchObject({
        city: expect.any(String) as unknown,
        degrees: expect.any(Number) as unknown,
      });
    });

    test("an image is sent to the model", async () => {
      const { whole } = await askBoth(speakerOf(name), { model, image: PIXEL, prompt: "What is this?" });
      expect(whole.text).not.toBe("");
      expect(JSON.stringify(world.stack.sim.received(1)[0]?.body ?? "")).toContain(PIXEL.slice(0, 40));
    });

    test("reasoning is asked for, counted and shown where the provider shows it", async () => {
      const { whole } = await askBoth(speakerOf(name), {
        model: thinker,
        reasoning: true,
        prompt: "Think first. [[sim: tokens=12 reasoning=25]]",
      });
      expect(whole.text).not.toBe("");
      expect(whole.usage.output).toBeGreaterThanOrEqual(37);
    });

    test("an abort in mid-stream is charged by what was delivered, never nothing and never the maximum", async () => {
      const hangUp = new AbortController();
      const prompt = `Talk on, ${name}, ${upstream}. [[sim: tokens=300 delay=3]]`;
      await expect(
        speakerOf(name).stream({ model, prompt, signal: hangUp.signal }, () => hangUp.abort()),
      ).rejects.toThrow();
      const receipt = await until("the receipt of the aborted call", async () => {
        const [row] = await world.sql<{ outcome: string; cost: string; held: string }>(
          `SELECT outcome, cost_nano::text AS cost, held_nano::text AS held FROM usage_receipt
           WHERE org_id = $1 AND outcome = 'aborted' AND occurred_at > now() - interval '1 minute'
           ORDER BY occurred_at DESC LIMIT 1`,
          [organization.id],
        );
        return row ?? null;
      });
      expect(BigInt(receipt.cost)).toBeGreaterThan(0n);
      expect(BigInt(receipt.cost)).toBeLessThan(BigInt(receipt.held));
    });

    test("a provider's refusal is an error that the client understands", async () => {
      const speaker = speakerOf(name);
      const question = { model, prompt: "Fail. [[sim: fail=400]]" };
      await expect(speaker.ask(question)).rejects.toThrow(/refused this request as invalid/);
      await expect(speaker.stream(question)).rejects.toThrow(/refused this request as invalid/);
    });

    test(`${provider} fails once and answers the second attempt`, async () => {
      const reply = await speakerOf(name).ask({
        model,
        prompt: `Again ${name}. [[sim: fail=500 fail_times=1 tokens=9]]`,
      });
      expect(reply.text).not.toBe("");
    });
  });
});
