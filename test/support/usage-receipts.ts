import { idTimeMs, type IdKind, ID_PREFIXES, type Receipt, type ReceiptCorrection } from "#kernel";
import { encodeFlush, MAX_FLUSH_ROWS, type FlushItem } from "#ledger";
import { makeDice, type Dice } from "../bench/posting/make-flushes.ts";
import type { TestDatabase } from "./database.ts";
import { makeEnd, testId } from "./receipts.ts";

const HOUR_MS = 3_600_000;
/** When clocks change, and when months, a year and a leap day end, in one zone or another. */
const MOMENTS = [
  "2026-02-28T23:59:59.999Z",
  "2026-03-01T05:00:00.000Z",
  "2026-03-08T07:00:00.000Z",
  "2026-03-29T01:00:00.000Z",
  "2026-04-04T15:00:00.000Z",
  "2026-07-31T18:15:00.000Z",
  "2026-10-03T15:30:00.000Z",
  "2026-10-25T01:00:00.000Z",
  "2026-11-01T06:00:00.000Z",
  "2026-12-31T23:00:00.000Z",
].map((text) => Date.parse(text));
/** Around each moment: days before and after it have calls too. */
const SPREAD_MS = 30 * HOUR_MS;
/** Shares of calls in a thousand: on the very moment or a whole hour from it, and with late figures. */
const ON_THE_EDGE = 80;
const CORRECTED = 40;
const CORRECTED_AGAIN = 400;
const FAILED = 60;

const MODELS = ["openai/gpt-5", "anthropic/claude-sonnet-4.5", "google/gemini-2.5-flash"] as const;
const PROVIDERS = ["openai", "anthropic", "google"] as const;
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const BODY_CHARACTERS = 26;

/** What an organization was posted, in the order in which it was made. */
export interface MadeUsage {
  readonly receipts: readonly Receipt[];
  readonly corrections: readonly ReceiptCorrection[];
}

export interface UsagePlan {
  readonly orgId: string;
  readonly keyIds: readonly string[];
  readonly count: number;
  readonly seed: number;
}

/** Receipts with the ends of calls that most of them had, the same for the same seed. */
export function makeUsage(plan: UsagePlan): MadeUsage {
  const dice = makeDice(plan.seed);
  const receipts = Array.from({ length: plan.count }, () => makeReceipt(plan, dice));
  const corrections = receipts
    .filter(() => dice(1_000) < CORRECTED)
    .flatMap((receipt) => {
      const first = makeCorrection(receipt, 1, dice);
      return dice(1_000) < CORRECTED_AGAIN ? [first, makeCorrection(receipt, 2, dice)] : [first];
    });
  return { receipts, corrections };
}

/** Posts it as an Account object does: in flushes, receipts before what corrects them. */
export async function postUsage(db: TestDatabase, orgId: string, { receipts, corrections }: MadeUsage): Promise<void> {
  const items: FlushItem[] = [
    ...receipts.map((receipt) => ({ type: "receipt", receipt }) as const),
    ...corrections.map((correction) => ({ type: "correction", correction }) as const),
  ];
  for (let start = 0; start < items.length; start += MAX_FLUSH_ROWS) {
    const flush = encodeFlush(testId("flush"), orgId, items.slice(start, start + MAX_FLUSH_ROWS));
    await db.query("select post_usage($1::jsonb)", [JSON.stringify(flush)], "gateway_app");
  }
}

function makeReceipt({ orgId, keyIds }: UsagePlan, dice: Dice): Receipt {
  const moment = pick(MOMENTS, dice);
  const awayMs = dice(1_000) < ON_THE_EDGE ? (dice(7) - 3) * HOUR_MS - dice(2) : dice(2 * SPREAD_MS) - SPREAD_MS;
  const id = makeId("generation", moment + awayMs, dice);
  return {
    id,
    occurred_at: new Date(idTimeMs(id)).toISOString(),
    org_id: orgId,
    key_id: pick(keyIds, dice),
    mode: dice(10) === 0 ? "test" : "live",
    operation: "chat.completions",
    streamed: dice(2) === 0,
    price_version: "2026-11-20.ab12cd",
    held_nano: String(dice(60_000_000)),
    model: pick(MODELS, dice),
    ...makeFigures(dice),
  };
}

function makeFigures(dice: Dice) {
  const failed = dice(1_000) < FAILED;
  const provider = failed && dice(2) === 0 ? null : pick(PROVIDERS, dice);
  return makeEnd({
    provider,
    endpoint: provider === null ? null : `${provider}/one`,
    kind: dice(20) === 0 ? "estimated" : "measured",
    units: failed
      ? {}
      : {
          input: dice(5_000),
          output: dice(2_000),
          ...(dice(3) === 0 ? { cached_read: dice(20_000), reasoning: dice(3_000) } : {}),
          ...(dice(9) === 0 ? { cache_write_5m: dice(900), audio_in: dice(90), audio_cached_read: dice(9) } : {}),
          ...(dice(9) === 0 ? { image_in: dice(700), image_out: dice(700), audio_out: dice(70), searches: 1 } : {}),
        },
    cost_nano: String(dice(2_000_000_000)),
    upstream_cost_nano: String(dice(1_900_000_000)),
    outcome: failed ? pick(["failed", "interrupted"] as const, dice) : pick(["completed", "aborted"] as const, dice),
    status: failed ? pick([429, 502, 503], dice) : 200,
    error_code: failed ? "upstream_error" : null,
  });
}

/** Comes hours later, mostly in another day, some of them in another month; its end is of another provider and model. */
function makeCorrection(receipt: Receipt, nth: number, dice: Dice): ReceiptCorrection {
  const id = makeId("correction", idTimeMs(receipt.id) + nth * 40 * HOUR_MS + dice(HOUR_MS), dice);
  const end = makeFigures(dice);
  return {
    id,
    occurred_at: new Date(idTimeMs(id)).toISOString(),
    receipt_id: receipt.id,
    receipt_occurred_at: receipt.occurred_at,
    org_id: receipt.org_id,
    // Less than nothing now and then: the first figures were too high.
    cost_delta_nano: String(dice(900_000_000) - 300_000_000),
    upstream_cost_delta_nano: String(dice(900_000_000) - 300_000_000),
    end: { ...end, flags: ["late"], ...(dice(2) === 0 ? { model: pick(MODELS, dice) } : {}) },
  };
}

/** An id of an instant whose other characters are the dice's. */
function makeId(kind: IdKind, atMs: number, dice: Dice): string {
  const time = testId(kind, atMs).slice(ID_PREFIXES[kind].length + 1, ID_PREFIXES[kind].length + 11);
  const rest = Array.from({ length: BODY_CHARACTERS - time.length }, () => ALPHABET.charAt(dice(ALPHABET.length)));
  return `${ID_PREFIXES[kind]}_${time}${rest.join("")}`;
}

function pick<Value>(values: readonly Value[], dice: Dice): Value {
  const value = values[dice(values.length)];
  if (value === undefined) throw new RangeError("nothing to pick from");
  return value;
}
