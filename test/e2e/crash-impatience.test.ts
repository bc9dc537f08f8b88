import { afterAll, beforeAll, expect, test } from "vitest";
import { faultsOf, readBooks, receiptsOf } from "../support/stack/books.ts";
import { chat, readCredits, type Call } from "../support/stack/calls.ts";
import { openProvingGround, type Organization, type ProvingGround } from "../support/stack/proving-ground.ts";
import { until } from "../support/stack/until.ts";

/**
 * An isolate that waits 2 ms for its Account object, under load: nearly every answer comes too late, so that admissions
 * are refused and made all the same, and settles are sent again though they have arrived.
 */
const ACCOUNT_RPC_MS = "2";
const CALLS = 64;
/** Until enough calls got through; on an idle machine the first of each round does. */
const ROUNDS_MAX = 20;
const CREDIT_NANO = 1_000_000_000_000n;
const START_LIMIT_MS = 120_000;

let ground: ProvingGround;
let organization: Organization;
let calls: Call[];

beforeAll(async () => {
  ground = await openProvingGround({
    databaseUrl: null,
    bounds: { ACCOUNT_RPC_MS, FLUSH_INTERVAL_MS: "50" },
  });
  organization = await ground.organization(CREDIT_NANO);
  calls = [];
  const input = {
    gatewayUrl: ground.gatewayUrl,
    apiKey: organization.apiKey,
    prompt: "[[sim: tokens=5]]",
    maxTokens: 9,
  };
  for (let round = 0; round < ROUNDS_MAX && answered().length === 0; round += 1) {
    calls.push(...(await Promise.all(Array.from({ length: CALLS }, () => chat(input)))));
  }
}, START_LIMIT_MS);
afterAll(() => ground.stop());

const answered = (): Call[] => calls.filter(({ status }) => status === 200);

/** The read of the credits has the same 2 ms: it is asked again until it gets through. */
const untilNothingHeld = () =>
  until("no hold is open", async () => {
    const credits = await readCredits(ground.gatewayUrl, organization.apiKey).catch(() => null);
    return credits?.heldNano === 0n ? credits : null;
  });

test("G5: a call whose admission was not answered in time is refused; what the object held for it is released", async () => {
  const refused = calls.filter(({ status }) => status !== 200);
  expect(answered().length).toBeGreaterThan(0);
  expect(new Set(refused.map(({ status, code }) => `${status} ${code}`))).toEqual(new Set(["503 account_unavailable"]));
  await untilNothingHeld();
  const released = await until("a released admission reaches the ledger", async () => {
    const rows = await receiptsOf(ground.ledger, organization.id);
    const failed = rows.filter(({ outcome }) => outcome === "failed");
    return failed.length > 0 ? failed : null;
  });
  expect(released.every(({ id, cost_nano: cost }) => cost === "0" && refused.some((call) => call.id === id))).toBe(
    true,
  );
});

test("G7: settles that were sent again though they had arrived are one receipt and one debit each", async () => {
  // An isolate that has seen its second settle answered says so, or gives up after all its tries.
  const repeated = /"message":"call (repeated|unacknowledged)"/;
  await until("every settle is over", () => {
    const over = ground.log.filter((line) => line.includes('"message":"call'));
    return over.length === answered().length && over.some((line) => repeated.test(line));
  });
  const { balanceNano } = await untilNothingHeld();
  await until("the ledger has caught up", async () => {
    return (await readBooks(ground.ledger, organization.id)).spendableNano === balanceNano;
  });
  const receipts = await receiptsOf(ground.ledger, organization.id);
  const completed = receipts.filter(({ outcome }) => outcome === "completed").map(({ id }) => id);
  const expected = answered().map(({ id }) => id ?? "");
  expect(completed).toEqual(expected.toSorted());
  expect(faultsOf(await readBooks(ground.ledger, organization.id), balanceNano)).toEqual([]);
});
