import { expect } from "vitest";
import { nanoUsd } from "#kernel";
import type { Organization } from "../stack/proving-ground.ts";
import {
  callEach,
  codesOf,
  creditsOf,
  expectBooks,
  isAdmitted,
  race,
  RICH_NANO,
  startConstant,
  untilNothingIsHeld,
} from "./constant-calls.ts";
import { fillLimit, untilNoLease } from "./fill-limit.ts";
import { CONNECTIONS, organizationWith, setKeys, type Scene } from "./scene.ts";

/** Calls that the balance of G1 is for, and calls that are sent. */
const AFFORDABLE = 100;
const ATTEMPTS = 1_000;
/** Calls that the budget of G2 is for: enough for a tenth of it to be leased. */
const BUDGETED = 40;
const NO_CREDIT = "402 insufficient_credit";
const NO_BUDGET = "402 key_budget_exceeded";
/** Writes just short of four times its maximum: more would not be believed. */
const OVERRUN = { prompt: "The same for all. [[sim: overrun=999]]", maxTokens: 250 };
/** Calls of OVERRUN that the credit of G8 is for, more or less. */
const OVERRUNS = 20n;
const ROUNDS = 5;

/** G1: a balance is never overspent. */
export async function expectExactAdmissions(scene: Scene): Promise<void> {
  const { ground, cost } = scene;
  // For so many calls as are to be admitted, and not quite one more.
  const creditNano = (BigInt(AFFORDABLE) + 1n) * cost.holdNano - 1n;
  const organization = await organizationWith(scene, creditNano);
  const { apiKey } = organization;
  const { admitted } = await fillLimit(scene, organization, {
    apiKey,
    room: AFFORDABLE,
    attempts: ATTEMPTS,
    full: NO_CREDIT,
  });
  await expectBooks(ground, organization, admitted);
  const { balanceNano } = await creditsOf(ground, organization);
  expect(balanceNano).toBe(creditNano - BigInt(AFFORDABLE) * cost.costNano);
}

/** G2: a rich organization's key with a small budget gets no more than that, and its other key does not feel it. */
export async function expectNoRichBypass(scene: Scene): Promise<void> {
  const { ground, variant, cost } = scene;
  const organization = await ground.organization(RICH_NANO);
  const budgetNano = BigInt(BUDGETED) * cost.holdNano + cost.holdNano / 2n;
  const apiKey = await organization.keyWithBudget(nanoUsd(budgetNano));
  await variant.prepare(ground, organization);
  const fill = (room: number) =>
    fillLimit(scene, organization, { apiKey, room, attempts: 3 * CONNECTIONS, full: NO_BUDGET });
  const first = await fill(BUDGETED);
  const others = await callEach(ground, organization.apiKey);
  expect(codesOf(others)).toEqual(new Set(["200 null"]));
  await untilNothingIsHeld(ground, organization);
  // What is left of the budget goes on being the limit.
  const left = (budgetNano - BigInt(BUDGETED) * cost.costNano) / cost.holdNano;
  expect(left).toBeGreaterThan(0n);
  const second = await fill(Number(left));
  await expectBooks(ground, organization, [...first.admitted, ...others, ...second.admitted]);
}

/** G8: what a provider overruns is posted in full, as debt, and flagged; no gateway admits the next call. */
export async function expectDebt(scene: Scene): Promise<void> {
  const { ground, variant } = scene;
  const holdNano = await holdOfOverrun(scene);
  const creditNano = OVERRUNS * holdNano + holdNano / 2n;
  const organization = await organizationWith(scene, creditNano);
  const calls = await race(ground, CONNECTIONS, (teller) => startConstant(teller, organization.apiKey, OVERRUN));
  const admitted = calls.filter(isAdmitted);
  if (variant.hasLeases) expect(BigInt(admitted.length)).toBeLessThanOrEqual(OVERRUNS);
  else expect(BigInt(admitted.length)).toBe(OVERRUNS);
  // Gateways may be told of the debt only once their leases, which had room, have ended.
  await untilNoLease(scene, organization);
  expect(codesOf(await callEach(ground, organization.apiKey))).toEqual(new Set([NO_CREDIT]));
  const receipts = await expectBooks(ground, organization, admitted);
  let spentNano = 0n;
  for (const { flags, cost_nano, held_nano } of receipts) {
    expect(flags).toEqual(expect.arrayContaining(["over_hold", "over_maximum"]));
    expect(BigInt(cost_nano)).toBeGreaterThan(BigInt(held_nano));
    spentNano += BigInt(cost_nano);
  }
  const debtNano = creditNano - spentNano;
  expect(debtNano).toBeLessThan(0n);
  expect(await creditsOf(ground, organization)).toMatchObject({
    balanceNano: debtNano,
    heldNano: 0n,
    availableNano: debtNano,
  });
}

async function holdOfOverrun(scene: Scene): Promise<bigint> {
  const { ground } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const calls = await race(ground, 1, (teller) => startConstant(teller, organization.apiKey, OVERRUN));
  const [receipt] = await expectBooks(ground, organization, calls);
  return BigInt(receipt?.held_nano ?? "");
}

/** B7: 64 decisions at once that would each fit alone, and of which one fits, again and again. Too little to be leased. */
export async function expectOneFits(scene: Scene): Promise<void> {
  await expectOneFitsBalance(scene);
  await expectOneFitsBudget(scene);
}

async function expectOneFitsBalance(scene: Scene): Promise<void> {
  const { ground, cost } = scene;
  const creditNano = 2n * cost.holdNano - 1n;
  const organization = await organizationWith(scene, creditNano);
  await expectOneOfEach(scene, organization, NO_CREDIT, async (round) => {
    if (round === 0) return;
    await ground.exec(
      `SELECT post_credit('${organization.id}', ${cost.costNano}, 'round-${round}:${organization.id}', 'promo')`,
    );
    await ground.projectNow();
    expect((await creditsOf(ground, organization)).availableNano).toBe(creditNano);
  });
}

async function expectOneFitsBudget(scene: Scene): Promise<void> {
  const { ground, cost } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  await expectOneOfEach(scene, organization, NO_BUDGET, async (round) => {
    const limitNano = BigInt(round) * cost.costNano + 2n * cost.holdNano - 1n;
    await setKeys(ground, organization, `budget_limit_nano = ${limitNano}, budget_period = 'total'`);
  });
}

async function expectOneOfEach(
  { ground }: Scene,
  organization: Organization,
  full: string,
  makeRoom: (round: number) => Promise<void>,
): Promise<void> {
  const admitted = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await makeRoom(round);
    const calls = await race(ground, CONNECTIONS, (teller) => startConstant(teller, organization.apiKey));
    const [one, ...more] = calls.filter(isAdmitted);
    expect(more).toEqual([]);
    expect(codesOf(calls.filter((call) => !isAdmitted(call)))).toEqual(new Set([full]));
    if (one !== undefined) admitted.push(one);
    await untilNothingIsHeld(ground, organization);
  }
  expect(admitted).toHaveLength(ROUNDS);
  await expectBooks(ground, organization, admitted);
}
