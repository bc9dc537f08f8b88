import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ERRORS } from "#kernel";
import { eventsOf } from "./support/client.ts";
import { startWorld, until, type Organization, type World } from "./support/world.ts";

/** Served by groq, bedrock, workers-ai, together, huggingface and novita. */
const MODEL = "meta/llama-3.3-70b-instruct";
const CALLS = 500;
const OPEN_MAX_MS = 1_500;

let world: World;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld({
    gatewayEnv: { BREAKER_OPEN_MAX_MS: String(OPEN_MAX_MS), FIRST_BYTE_MS: "1500", FLUSH_INTERVAL_MS: "50" },
  });
  organization = await world.organization("1000");
});
afterAll(() => world.stop());

interface Outcome {
  readonly id: string;
  readonly status: number;
  readonly provider: string | null;
  /** `whole`: an answer to its end; a code: a clear error, before or inside the answer. */
  readonly end: string;
}

async function callOnce(stream: boolean, fields: object = {}): Promise<Outcome> {
  const response = await fetch(`${world.url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${organization.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: MODEL,
      max_tokens: 64,
      stream,
      messages: [{ role: "user", content: "Go on. [[sim: tokens=12]]" }],
      ...fields,
    }),
  });
  const text = await response.text();
  return {
    id: response.headers.get("x-request-id") ?? "",
    status: response.status,
    provider: response.headers.get("x-prismatic-provider"),
    end: response.status === 200 && stream ? endOfStream(text) : endOfBody(text),
  };
}

const bodySchema = z.object({
  error: z.object({ code: z.string() }).optional(),
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).optional(),
});

function endOfStream(text: string): string {
  const events = eventsOf(text);
  const error = events.find((data) => data.startsWith('{"error"'));
  if (error !== undefined) return endOfBody(error);
  return events.at(-1) === "[DONE]" ? "whole" : "torn";
}

function endOfBody(text: string): string {
  const body = bodySchema.parse(JSON.parse(text));
  if (body.error) return body.error.code;
  return body.choices?.[0]?.message.content ? "whole" : "empty";
}

test("500 calls at once through bad days: an answer or a clear error each, one receipt each, nothing charged twice", async () => {
  const { sim } = world.stack;
  const before = await organization.credits();
  sim.setFault("kill", "groq");
  sim.setFault("rate-limit", "together");
  sim.setFault("error", "novita", 50);
  sim.setFault("lie-truncated", "huggingface", 30);
  sim.setFault("slow", "workers-ai");
  const outcomes = await Promise.all(Array.from({ length: CALLS }, (_, index) => callOnce(index % 2 === 0)));

  const ends = Map.groupBy(outcomes, ({ end }) => end);
  for (const end of ends.keys()) expect(end === "whole" || Object.hasOwn(ERRORS, end)).toBe(true);
  // One provider is well, and five are ill in their own ways: most calls find it.
  expect(ends.get("whole")?.length ?? 0).toBeGreaterThan(CALLS * 0.85);

  const receipts = await until("every receipt", async () => {
    const rows = await world.sql<{ id: string; outcome: string; cost: string; attempts: { provider: string }[] }>(
      `SELECT receipt_id AS id, outcome, cost_nano::text AS cost, attempts FROM usage_receipt WHERE org_id = $1`,
      [organization.id],
    );
    return rows.length >= CALLS ? rows : null;
  });
  expect(new Set(receipts.map(({ id }) => id))).toEqual(new Set(outcomes.map(({ id }) => id)));
  expect(receipts).toHaveLength(CALLS);
  for (const { outcome, cost } of receipts) {
    if (outcome === "completed") expect(BigInt(cost)).toBeGreaterThan(0n);
    if (outcome === "failed") expect(cost).toBe("0");
  }
  const spent = receipts.reduce((sum, { cost }) => sum + BigInt(cost), 0n);
  const after = await organization.credits();
  expect(before.balance_usd - after.balance_usd).toBe(spent);
  expect(after.held_usd).toBe(0n);
});

test("the breaker opens, so that a dead endpoint is not asked by every call, and closes when it is well again", async () => {
  const { sim } = world.stack;
  sim.setFault("kill", "groq");
  const wish = { provider: { order: ["groq"], ignore: ["together", "novita", "huggingface", "workers-ai"] } };
  for (let call = 0; call < 12; call += 1) expect((await callOnce(false, wish)).provider).toBe("bedrock");
  sim.reset();
  sim.setFault("kill", "groq");
  const { id } = await callOnce(false, wish);
  expect((await organization.generation(id)).attempts.map(({ provider }) => provider)).toEqual(["bedrock"]);
  expect(sim.received().filter(({ provider }) => provider === "groq")).toEqual([]);

  sim.setFault(null, "groq");
  const recovered = await until("groq to be asked again", async () => {
    const outcome = await callOnce(true, wish);
    return outcome.provider === "groq" ? outcome : null;
  });
  expect(recovered.end).toBe("whole");
});

test("an outage of every candidate is a 503-class error that says so, and its receipt has the attempts", async () => {
  world.stack.sim.setFault("overloaded", "groq");
  world.stack.sim.setFault("overloaded", "bedrock");
  const outcome = await callOnce(false, { provider: { only: ["groq", "bedrock"] } });
  expect(outcome).toMatchObject({ status: 503, end: "upstream_overloaded" });
  const receipt = await organization.generation(outcome.id);
  expect(receipt).toMatchObject({ outcome: "failed", cost_usd: 0n });
  expect(new Set(receipt.attempts.map(({ provider }) => provider))).toEqual(new Set(["groq", "bedrock"]));
  world.stack.sim.setFault(null, "groq");
  world.stack.sim.setFault(null, "bedrock");
});
