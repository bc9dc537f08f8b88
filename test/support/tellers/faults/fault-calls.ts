import { expect } from "vitest";
import { receiptsOf } from "../../stack/books.ts";
import type { Call } from "../../stack/calls.ts";
import type { Organization } from "../../stack/proving-ground.ts";
import { until } from "../../stack/until.ts";
import {
  codesOf,
  creditsOf,
  expectBooks,
  reservedNano,
  RICH_NANO,
  startConstant,
  untilNothingIsHeld,
  type ConstantCost,
} from "../constant-calls.ts";
import { setKeys } from "../scene.ts";
import type { Tellers } from "../start-tellers.ts";

const CALLS_FOR_A_LEASE = 4;
const WARM_ROUNDS_MAX = 10;

/** An organization whose key asks the account for every call. */
export async function strictOrganization(ground: Tellers, creditNano: bigint): Promise<Organization> {
  const organization = await ground.organization(creditNano);
  await setKeys(ground, organization, "strict = true");
  return organization;
}

/** Uses a key at every gateway until leases of it are out; answers the calls that it took. */
export async function untilLeased(ground: Tellers, organization: Organization): Promise<Call[]> {
  const calls: Call[] = [];
  for (let round = 0; round < WARM_ROUNDS_MAX; round += 1) {
    calls.push(...(await Promise.all(ground.tellers.map((teller) => startConstant(teller, organization.apiKey).over))));
    if (round < CALLS_FOR_A_LEASE) continue;
    if ((await reservedNano(ground, organization)) > 0n) return calls;
  }
  throw new Error("the key has no lease");
}

/** One receipt for each of these calls, all of one price, and the object, the ledger and the balance agree on it. */
export async function expectAllCharged(
  ground: Tellers,
  organization: Organization,
  calls: readonly Call[],
  { costNano }: ConstantCost,
): Promise<void> {
  expect(codesOf(calls)).toEqual(new Set(["200 null"]));
  const receipts = await expectBooks(ground, organization, calls);
  expect(new Set(receipts.map(({ cost_nano }) => cost_nano))).toEqual(new Set([costNano.toString()]));
  const { balanceNano } = await creditsOf(ground, organization);
  expect(balanceNano).toBe(RICH_NANO - BigInt(calls.length) * costNano);
}

/**
 * Answered calls are charged; of refused ones some were admitted too late for their caller, and each of those has ended
 * for nothing. Answers how many those are.
 */
export async function expectOnlyAnsweredCharged(
  ground: Tellers,
  organization: Organization,
  calls: readonly Call[],
  { costNano }: ConstantCost,
): Promise<number> {
  const answered = calls.filter(({ status }) => status === 200);
  const refused = new Set(calls.filter(({ status }) => status !== 200).map(({ id }) => id));
  const balanceNano = await untilNothingIsHeld(ground, organization);
  expect(balanceNano).toBe(RICH_NANO - BigInt(answered.length) * costNano);
  const free = await until("every answered call has its receipt", async () => {
    const rows = await receiptsOf(ground.ledger, organization.id);
    const late = rows.filter(({ id }) => refused.has(id));
    return rows.length - late.length >= answered.length ? late : null;
  });
  for (const receipt of free) expect(receipt).toMatchObject({ outcome: "failed", cost_nano: "0" });
  const ended = calls.filter(({ id, status }) => status === 200 || free.some((receipt) => receipt.id === id));
  await expectBooks(ground, organization, ended);
  return free.length;
}
