import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GuardrailSettings } from "#kernel";
import { call, chat, expectError, type Answer } from "./support/client.ts";
import { dumpFiles, dumpLogs, dumpTables, placesOf } from "./support/search.ts";
import { startWorld, until, type Organization, type World } from "./support/world.ts";

/** A well-known test number: Luhn's checksum holds. */
const CARD = "4242 4242 4242 4242";
const NO_CARD = "4242 4242 4242 4241";

let world: World;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld({ onDisk: true, gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
  organization = await world.organization();
});
afterAll(() => world.stop());
beforeEach(() => world.stack.sim.reset());

const secretText = (): string => `ghp_${randomBytes(18).toString("hex")}`;

async function keyWith(guardrails: GuardrailSettings): Promise<string> {
  return (await organization.newKey({ guardrails })).key;
}

const post = (path: string, body: unknown, key: string): Promise<Answer> =>
  call(`${world.stack.urls.gateway}${path}`, body, { key });

/** Each client format, with the same words in it twice: in a message and deeper. */
const ROUTES = [
  {
    name: "chat completions",
    path: "/v1/chat/completions",
    body: (text: string) => ({
      ...chat(text),
      messages: [
        { role: "system", content: text },
        { role: "user", content: [{ type: "text", text }] },
      ],
    }),
    model: "openai",
  },
  {
    name: "responses",
    path: "/v1/responses",
    body: (text: string) => ({ model: "openai/gpt-5-mini", instructions: text, input: text }),
    model: "openai",
  },
  {
    name: "messages",
    path: "/v1/messages",
    body: (text: string) => ({
      model: "anthropic/claude-haiku-4-5-20251001",
      max_tokens: 64,
      system: text,
      messages: [{ role: "user", content: text }],
    }),
    model: "anthropic",
  },
  {
    name: "generateContent",
    path: "/v1beta/models/google/gemini-2.5-flash:generateContent",
    body: (text: string) => ({
      systemInstruction: { parts: [{ text }] },
      contents: [{ role: "user", parts: [{ text }] }],
    }),
    model: "google",
  },
  {
    name: "embeddings",
    path: "/v1/embeddings",
    body: (text: string) => ({ model: "openai/text-embedding-3-small", input: [text, text] }),
    model: "openai",
  },
] as const;

describe.each(ROUTES)("$name", ({ path, body }) => {
  test("redact: the provider reads the text without what was found, the receipt counts it", async () => {
    const secret = secretText();
    const key = await keyWith({ secrets: "redact", cards: "redact" });
    const answer = await post(path, body(`Token:\n${secret}, card ${CARD}, order ${NO_CARD}.`), key);
    expect(answer.status, answer.text).toBe(200);
    const sent = JSON.stringify(world.stack.sim.received().at(-1)?.body);
    expect(sent).toContain(`Token:\\n[redacted], card [redacted], order ${NO_CARD}.`);
    expect(sent).not.toContain(secret);
    expect(sent).not.toContain(CARD);
    expect(answer.headers.get("x-prismatic-guardrails")).toBe("github_token=2, card_number=2");
    const receipt = await organization.generation(answer.id);
    expect(receipt.guardrails).toEqual({ github_token: 2, card_number: 2 });
    expect(receipt.cost_usd).toBeLessThanOrEqual(receipt.held_usd);
  });

  test("block: refused with the kinds alone, nobody is asked, nothing is charged", async () => {
    const secret = secretText();
    const key = await keyWith({ secrets: "block", cards: "off" });
    const before = (await organization.credits()).balance_usd;
    const answer = await post(path, body(`Token ${secret}.`), key);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("github_token");
    expect(answer.text).not.toContain(secret);
    expect(world.stack.sim.totals().requests).toBe(0);
    const receipt = await organization.generation(answer.id);
    expect(receipt).toMatchObject({ outcome: "failed", error_code: "guardrail_blocked", cost_usd: 0n });
    expect(await organization.credits()).toMatchObject({ balance_usd: before, held_usd: 0n });
  });

  test("warn: the provider reads every word, header and receipt count", async () => {
    const secret = secretText();
    const key = await keyWith({ secrets: "warn", cards: "warn" });
    const answer = await post(path, body(`Token ${secret}, card ${CARD}.`), key);
    expect(answer.status).toBe(200);
    expect(JSON.stringify(world.stack.sim.received().at(-1)?.body)).toContain(`Token ${secret}, card ${CARD}.`);
    expect(answer.headers.get("x-prismatic-guardrails")).toBe("github_token=2, card_number=2");
    expect((await organization.generation(answer.id)).guardrails).toEqual({ github_token: 2, card_number: 2 });
  });
});

test("off, as keys are made: nothing is looked for", async () => {
  const secret = secretText();
  const answer = await post("/v1/chat/completions", chat(`Token ${secret}`), organization.key);
  expect(JSON.stringify(world.stack.sim.received().at(-1)?.body)).toContain(secret);
  expect(answer.headers.get("x-prismatic-guardrails")).toBe(null);
  expect((await organization.generation(answer.id)).guardrails).toBe(null);
});

test("streamed: the header comes with the stream, what was found is redacted in tools and their results too", async () => {
  const secret = secretText();
  const key = await keyWith({ secrets: "redact", cards: "off" });
  const call = {
    id: "call_1",
    type: "function",
    function: { name: "look", arguments: JSON.stringify({ at: secret }) },
  };
  const body = chat("", {
    stream: true,
    tools: [
      { type: "function", function: { name: "look", description: `Uses ${secret}`, parameters: { type: "object" } } },
    ],
    messages: [
      { role: "user", content: "Look" },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: secret },
    ],
  });
  const answer = await post("/v1/chat/completions", body, key);
  expect(answer.text).toContain("[DONE]");
  expect(answer.headers.get("x-prismatic-guardrails")).toBe("github_token=3");
  expect(JSON.stringify(world.stack.sim.received().at(-1)?.body)).not.toContain(secret);
});

test("a secret that is written in JSON's own escapes is found as well", async () => {
  const secret = secretText();
  const key = await keyWith({ secrets: "block", cards: "off" });
  const escaped = secret.replaceAll("g", "\\u0067").replaceAll("_", "\\u005f");
  const text = JSON.stringify(chat("SECRET")).replace("SECRET", escaped);
  const answer = await post("/v1/chat/completions", text, key);
  expectError(answer, "guardrail_blocked", { message: /github_token/ });
  expect(world.stack.sim.totals().requests).toBe(0);
});

test("S1: what guardrails found is in no table, object or log", async () => {
  const secret = secretText();
  const ids: string[] = [];
  for (const action of ["block", "redact", "warn"] as const) {
    const key = await keyWith({ secrets: action, cards: action });
    for (const stream of [false, true]) {
      ids.push((await post("/v1/chat/completions", chat(`${secret} ${CARD}`, { stream }), key)).id);
    }
  }
  for (const id of ids) await organization.postedGeneration(id);
  await until("the log lines", () => (ids.every((id) => placesOf(id, dumpLogs(world)).length > 0) ? true : null));
  const haystacks = [
    ...(await dumpTables(world)),
    ...(await dumpFiles(world, "objects")),
    ...(await dumpFiles(world, "pg")),
    ...dumpLogs(world),
  ];
  // The search itself works: the counts are there.
  expect(placesOf("github_token", haystacks).some((name) => name.startsWith("table public.usage_receipt"))).toBe(true);
  for (const text of [secret, CARD, CARD.replaceAll(" ", "")]) expect(placesOf(text, haystacks)).toEqual([]);
});
