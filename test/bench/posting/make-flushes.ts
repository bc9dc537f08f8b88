import { randomBytes } from "node:crypto";
import { costNano, idTimeMs, newId, type Attempt, type Receipt, type ReceiptEnd, type UsageUnits } from "#kernel";
import { encodeFlush, type FlushPayload } from "#ledger";

/** What calls go to: a few models take most of them. Prices are pico-USD per token. */
const ROUTES = [
  { model: "openai/gpt-5-mini", provider: "openai", inputPico: 250_000n, outputPico: 2_000_000n, weight: 34 },
  {
    model: "anthropic/claude-sonnet-4.5",
    provider: "anthropic",
    inputPico: 3_000_000n,
    outputPico: 15_000_000n,
    weight: 26,
  },
  { model: "google/gemini-2.5-flash", provider: "google", inputPico: 300_000n, outputPico: 2_500_000n, weight: 22 },
  { model: "meta/llama-3.3-70b", provider: "groq", inputPico: 590_000n, outputPico: 790_000n, weight: 12 },
  { model: "mistral/mistral-medium", provider: "mistral", inputPico: 400_000n, outputPico: 2_000_000n, weight: 6 },
] as const;
type Route = (typeof ROUTES)[number];

const FALLBACK_SHARE = 0.04;
const FAILED_SHARE = 0.03;
const STREAMED_SHARE = 0.7;
const CACHED_SHARE = 0.4;
const REASONING_SHARE = 0.25;
const GUARDRAILS_SHARE = 0.1;
const KEYS_PER_ORGANIZATION = 4;
/** An Account object waits a second for others before it sends (src/admission/limits.ts): its calls ended within it. */
const FLUSH_WINDOW_MS = 1_000;

/** Whole numbers from 0 up to a bound, the same for the same seed, so that rounds are alike. */
export type Dice = (below: number) => number;

/** Mulberry32: 32 bits of state are plenty for figures of receipts. */
export function makeDice(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** An organization as the bench knows it: its id, and ids of keys that its calls came with. */
export interface Payer {
  readonly orgId: string;
  readonly keyIds: readonly string[];
}

export function makePayer(orgId: string, nowMs: number): Payer {
  return { orgId, keyIds: Array.from({ length: KEYS_PER_ORGANIZATION }, () => makeId("apiKey", nowMs)) };
}

export function makeId(kind: Parameters<typeof newId>[0], nowMs: number): string {
  return newId(kind, { nowMs: () => nowMs }, (length) => randomBytes(length));
}

/**
 * `count` flushes of `rows` receipts each, the payers in turn, as their Account objects would send them: an object sends
 * one flush at a time, so two of one organization are never under way together.
 */
export function makeFlushes(payers: readonly Payer[], count: number, rows: number, dice: Dice): FlushPayload[] {
  const nowMs = Date.now();
  return Array.from({ length: count }, (_, index) => {
    const payer = payers[index % payers.length];
    if (payer === undefined) throw new RangeError("no organization to post for");
    const receipts = Array.from({ length: rows }, () => makeReceipt(payer, nowMs, dice));
    return encodeFlush(
      makeId("flush", nowMs),
      payer.orgId,
      receipts.toSorted((left, right) => idTimeMs(left.id) - idTimeMs(right.id)).map(asItem),
    );
  });
}

/** The same receipts in flushes of other ids: what an object sends that lost its acknowledgement and its memory of it. */
export function renameFlushes(flushes: readonly FlushPayload[]): FlushPayload[] {
  const nowMs = Date.now();
  return flushes.map(({ org_id, receipts }) => encodeFlush(makeId("flush", nowMs), org_id, receipts.map(asItem)));
}

const asItem = (receipt: Receipt) => ({ type: "receipt", receipt }) as const;

const happens = (dice: Dice, share: number): boolean => dice(10_000) < share * 10_000;

function makeReceipt(payer: Payer, nowMs: number, dice: Dice): Receipt {
  const id = makeId("generation", nowMs - dice(FLUSH_WINDOW_MS));
  const streamed = happens(dice, STREAMED_SHARE);
  return {
    id,
    occurred_at: new Date(idTimeMs(id)).toISOString(),
    mode: "live",
    operation: "chat.completions",
    streamed,
    price_version: "2026-11-20.ab12cd34",
    org_id: payer.orgId,
    key_id: payer.keyIds[dice(payer.keyIds.length)] ?? "",
    held_nano: String(5_000_000 + dice(50_000_000)),
    ...makeEnd(pickRoute(dice), streamed, dice),
  };
}

function pickRoute(dice: Dice): Route {
  let left = dice(ROUTES.reduce((sum, { weight }) => sum + weight, 0));
  return ROUTES.find(({ weight }) => (left -= weight) < 0) ?? ROUTES[0];
}

function makeEnd(route: Route, streamed: boolean, dice: Dice): Required<Pick<ReceiptEnd, "model">> & ReceiptEnd {
  const failed = happens(dice, FAILED_SHARE);
  const units = failed ? {} : makeUnits(dice);
  const upstreamNano = costOf(units, route);
  const durationMs = 300 + dice(9_000);
  return {
    model: route.model,
    provider: failed ? null : route.provider,
    endpoint: failed ? null : `${route.provider}/${route.model.slice(route.model.indexOf("/") + 1)}`,
    kind: "measured",
    units,
    cost_nano: upstreamNano.toString(),
    upstream_cost_nano: upstreamNano.toString(),
    attempts: makeAttempts(route, failed, durationMs, dice),
    outcome: failed ? "failed" : "completed",
    status: failed ? 502 : 200,
    error_code: failed ? "upstream_error" : null,
    first_byte_ms: failed || !streamed ? null : 150 + dice(900),
    duration_ms: durationMs,
    flags: [],
    ...(happens(dice, GUARDRAILS_SHARE) ? { guardrails: { card: dice(2), secret: dice(2) } } : {}),
  };
}

function makeUnits(dice: Dice): UsageUnits {
  return {
    input: 50 + dice(4_000),
    ...(happens(dice, CACHED_SHARE) ? { cached_read: 1_024 + dice(20_000) } : {}),
    output: 20 + dice(1_500),
    ...(happens(dice, REASONING_SHARE) ? { reasoning: dice(4_000) } : {}),
  };
}

function costOf(units: UsageUnits, route: Route): bigint {
  const input = BigInt(units.input ?? 0) + BigInt(units.cached_read ?? 0) / 10n;
  return costNano([
    { units: input, price: { pico: route.inputPico, per: 1n } },
    { units: BigInt(units.output ?? 0) + BigInt(units.reasoning ?? 0), price: { pico: route.outputPico, per: 1n } },
  ]);
}

function makeAttempts(route: Route, failed: boolean, durationMs: number, dice: Dice): Attempt[] {
  const lost = failed || happens(dice, FALLBACK_SHARE);
  const endpoint = `${route.provider}/${route.model.slice(route.model.indexOf("/") + 1)}`;
  const first: Attempt = { endpoint, provider: route.provider, status: 503, code: "upstream_error", duration_ms: 120 };
  const last: Attempt = { endpoint, provider: route.provider, status: 200, code: null, duration_ms: durationMs };
  return [...(lost ? [first] : []), ...(failed ? [] : [last])];
}
