import { expect } from "vitest";
import { nanoUsd } from "#kernel";
import type { Call, RunningCall } from "../../stack/calls.ts";
import type { Organization } from "../../stack/proving-ground.ts";
import { until } from "../../stack/until.ts";
import {
  codesOf,
  creditsOf,
  expectBooks,
  reservedNano,
  RICH_NANO,
  startConstant,
  tellerOf,
  untilNothingIsHeld,
  type ConstantCost,
} from "../constant-calls.ts";
import { setKeys } from "../scene.ts";
import type { Tellers } from "../start-tellers.ts";
import { expectOnlyAnsweredCharged, untilLeased } from "./fault-calls.ts";
import type { ShiftedClocks } from "./shifted-clock.ts";
import { startLoad } from "./steady-load.ts";

export const HOST = "account-host";
/** The gateway whose clock jumps; the others keep theirs. */
export const JUMPY = "teller-0";

const TEN_MINUTES_S = 600;
/** What a clock says beside the real one, in seconds. */
type Clocks = Readonly<Record<typeof HOST | typeof JUMPY, number>>;

/** In turns: forward, back to where it was, back, forward again. */
const TURNS: readonly Clocks[] = [
  { [HOST]: TEN_MINUTES_S, [JUMPY]: 0 },
  { [HOST]: 0, [JUMPY]: TEN_MINUTES_S },
  { [HOST]: -TEN_MINUTES_S, [JUMPY]: 0 },
  { [HOST]: 0, [JUMPY]: -TEN_MINUTES_S },
  { [HOST]: TEN_MINUTES_S, [JUMPY]: -TEN_MINUTES_S },
];
/** Without a restart of the host, under calls. */
const TURNS_UNDER_LOAD: readonly Clocks[] = [
  { [HOST]: TEN_MINUTES_S, [JUMPY]: 0 },
  { [HOST]: TEN_MINUTES_S, [JUMPY]: TEN_MINUTES_S },
  { [HOST]: TEN_MINUTES_S, [JUMPY]: 0 },
  { [HOST]: TEN_MINUTES_S, [JUMPY]: -TEN_MINUTES_S },
];
const STILL: Clocks = { [HOST]: 0, [JUMPY]: 0 };

const AFFORDABLE = 20;
const WAVE = 24;
const CALLS_PER_TURN = 12;
/** A lease's own bound: 5 s, on a gateway and at the account. */
const LEASE_LIFE_MS = 5_000;

/**
 * Sets the clocks of processes that run. A host whose clock goes back starts anew, on the rows that the later clock wrote:
 * workerd's timers go by the wall clock, and those of a running object stand still until it is where it was.
 */
async function setClocks(ground: Tellers, clocks: ShiftedClocks, seconds: Clocks): Promise<void> {
  const goesBack = seconds[HOST] < clocks.offsetOf(HOST);
  if (goesBack) await ground.host.kill();
  await clocks.shift(HOST, seconds[HOST]);
  await clocks.shift(JUMPY, seconds[JUMPY]);
  if (goesBack) await ground.host.restart();
}

/** Through all jumps, no more calls are open at once than the limit can hold, and in the end as many were admitted. */
async function expectNeverMore(
  ground: Tellers,
  clocks: ShiftedClocks,
  organization: Organization,
  apiKey: string,
): Promise<Call[]> {
  const running: RunningCall[] = [];
  let refused = 0;
  ground.provider.shut();
  const wave = async (): Promise<void> => {
    const started = Array.from({ length: WAVE }, (_, index) =>
      startConstant(tellerOf(ground, index % ground.tellers.length), apiKey),
    );
    for (const one of started) void one.over.then(() => (refused += 1));
    running.push(...started);
    await until("all are decided", () => refused + ground.provider.waiting === running.length);
    expect(ground.provider.waiting).toBeLessThanOrEqual(AFFORDABLE);
  };
  for (const turn of [STILL, ...TURNS, STILL]) {
    await setClocks(ground, clocks, turn);
    await wave();
  }
  await until("no lease is open", async () => (await reservedNano(ground, organization)) === 0n);
  await wave();
  expect(ground.provider.waiting).toBe(AFFORDABLE);
  ground.provider.release();
  const calls = await Promise.all(running.map(({ over }) => over));
  const admitted = calls.filter(({ status }) => status === 200);
  expect(admitted).toHaveLength(AFFORDABLE);
  await expectBooks(ground, organization, admitted);
  return calls.filter(({ status }) => status !== 200);
}

/** For so many calls, and not quite one more. */
const limitFor = ({ holdNano }: ConstantCost): bigint => (BigInt(AFFORDABLE) + 1n) * holdNano - 1n;

export async function expectBalanceThroughJumps(
  ground: Tellers,
  clocks: ShiftedClocks,
  cost: ConstantCost,
): Promise<void> {
  const organization = await ground.organization(limitFor(cost));
  const refused = await expectNeverMore(ground, clocks, organization, organization.apiKey);
  for (const code of codesOf(refused)) expect(["402 insufficient_credit", "429 credit_reserved"]).toContain(code);
  const { balanceNano } = await creditsOf(ground, organization);
  expect(balanceNano).toBe(limitFor(cost) - BigInt(AFFORDABLE) * cost.costNano);
}

export async function expectBudgetThroughJumps(
  ground: Tellers,
  clocks: ShiftedClocks,
  cost: ConstantCost,
): Promise<void> {
  const organization = await ground.organization(RICH_NANO);
  const apiKey = await organization.keyWithBudget(nanoUsd(limitFor(cost)));
  const refused = await expectNeverMore(ground, clocks, organization, apiKey);
  for (const code of codesOf(refused)) expect(["402 key_budget_exceeded", "429 credit_reserved"]).toContain(code);
}

/**
 * Clocks jump while calls go on: each that is answered is charged once, and all of it reaches the ledger. A call whose
 * gateway sees ten minutes pass in a moment may be refused, as one that waited so long.
 */
export async function expectChargesThroughJumps(
  ground: Tellers,
  clocks: ShiftedClocks,
  cost: ConstantCost,
): Promise<void> {
  const organization = await ground.organization(RICH_NANO);
  await using load = startLoad(ground, [organization.apiKey]);
  for (const turn of TURNS_UNDER_LOAD) {
    const before = load.callsOf(organization.apiKey).length;
    await setClocks(ground, clocks, turn);
    await until("calls went on", () => load.callsOf(organization.apiKey).length >= before + CALLS_PER_TURN);
  }
  await load.stop();
  const calls = load.callsOf(organization.apiKey);
  const answered = calls.filter(({ status }) => status === 200);
  expect(calls.length - answered.length).toBeLessThanOrEqual(ground.tellers.length);
  await expectOnlyAnsweredCharged(ground, organization, calls, cost);
  await setClocks(ground, clocks, STILL);
}

/** Whichever clock jumps, and wherever to: what leases had is everybody's again, though nobody calls any more. */
export async function expectLeasesEnd(
  ground: Tellers,
  clocks: ShiftedClocks,
  { costNano }: ConstantCost,
): Promise<void> {
  for (const turn of TURNS) {
    const organization = await ground.organization(RICH_NANO);
    const calls = await untilLeased(ground, organization);
    // A settle that waits for company when its clock goes back waits on: workerd's timers go by the wall clock.
    await until("every call is settled", async () => {
      const { balanceNano } = await creditsOf(ground, organization);
      return balanceNano === RICH_NANO - BigInt(calls.length) * costNano;
    });
    await setClocks(ground, clocks, turn);
    await untilNothingIsHeld(ground, organization);
    await expectBooks(ground, organization, calls);
    await setClocks(ground, clocks, STILL);
  }
}

/** A gateway whose clock goes back does not take it as more time for its leases. */
export async function expectRevokedThroughJump(ground: Tellers, clocks: ShiftedClocks): Promise<void> {
  const organization = await ground.organization(RICH_NANO);
  await untilLeased(ground, organization);
  await clocks.shift(JUMPY, -TEN_MINUTES_S);
  await setKeys(ground, organization, "status = 'revoked'");
  const revokedAtMs = performance.now();
  // A lease of it would still admit: nobody has used it up.
  await until("the bound is over", () => performance.now() - revokedAtMs > LEASE_LIFE_MS);
  const after = await startConstant(tellerOf(ground, 0), organization.apiKey).over;
  expect(after).toMatchObject({ status: 401, code: "api_key_revoked" });
  await clocks.shift(JUMPY, 0);
}
