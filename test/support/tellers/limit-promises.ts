import { expect } from "vitest";
import type { Call } from "../stack/calls.ts";
import { until } from "../stack/until.ts";
import {
  callEach,
  codesOf,
  creditsOf,
  decide,
  expectBooks,
  isAdmitted,
  race,
  reservedNano,
  RICH_NANO,
  startConstant,
  tellerOf,
  untilNothingIsHeld,
} from "./constant-calls.ts";
import { fillLimit, untilNoLease } from "./fill-limit.ts";
import { CONNECTIONS, organizationWith, setKeys, type Scene } from "./scene.ts";
import type { Teller } from "./start-tellers.ts";

const CALLS_FOR_A_LEASE = 4;
/** Of each enough for a tenth of it to be leased, and far fewer than connections. */
const SLOTS = 20;
const PER_MINUTE = 40;
const SLOT_ROUNDS = 5;
/** More than any test counts. */
const MANY_TOKENS = 10_000_000;
/** Calls that every connection makes on average before the budget is lowered, and that each makes at most. */
const CALLS_BEFORE = 3;
const CALLS_MAX = 1_000;

/** G19: a key that is revoked is refused everywhere within the bound. */
export async function expectRevokedEverywhere(scene: Scene): Promise<void> {
  const { ground, variant } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const { apiKey } = organization;
  // Every gateway uses the key often enough for a lease, where it may have one.
  for (let call = 0; call < CALLS_FOR_A_LEASE; call += 1) {
    expect(codesOf(await callEach(ground, apiKey))).toEqual(new Set(["200 null"]));
  }
  expect((await reservedNano(ground, organization)) > 0n).toBe(variant.hasLeases);
  await setKeys(ground, organization, "status = 'revoked'");
  const revokedAtMs = performance.now();
  const lastAdmittedMs = await Promise.all(
    ground.tellers.map(async (teller) => {
      let lastMs = 0;
      await until("the gateway refuses the key", async () => {
        const sentMs = performance.now() - revokedAtMs;
        const call = await startConstant(teller, apiKey).over;
        if (call.status === 200) lastMs = sentMs;
        else expect(call).toMatchObject({ status: 401, code: "api_key_revoked" });
        return call.status !== 200;
      });
      return lastMs;
    }),
  );
  expect(Math.max(...lastAdmittedMs)).toBeLessThanOrEqual(variant.revokedWithinMs);
  expect(codesOf(await callEach(ground, apiKey))).toEqual(new Set(["401 api_key_revoked"]));
}

interface Sent {
  readonly sentMs: number;
  readonly call: Call;
}

/** What the connections of one test have sent. Each ends at a refusal, or with a call that is sent after `endMs`. */
interface Traffic {
  readonly sent: Sent[];
  endMs: number;
}

/**
 * B7: a budget is lowered below what is used while 64 connections call without a pause. Once its Account object knows,
 * nothing is admitted but what leases hold by then, and nothing that is sent after their life.
 */
export async function expectLoweredBudget(scene: Scene): Promise<void> {
  const { ground, variant, cost } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const { apiKey } = organization;
  await setKeys(ground, organization, `budget_limit_nano = ${RICH_NANO}, budget_period = 'total'`);
  const traffic: Traffic = { sent: [], endMs: Infinity };
  const { sent } = traffic;
  const connections = Promise.all(
    Array.from({ length: CONNECTIONS }, (_, index) =>
      callUntilRefused(tellerOf(ground, index % ground.tellers.length), apiKey, traffic),
    ),
  );
  const lower = async (): Promise<{ loweredAtMs: number; most: bigint }> => {
    await until("the key is in use", async () => {
      const hasLease = (await reservedNano(ground, organization)) > 0n;
      return sent.length >= CALLS_BEFORE * CONNECTIONS && hasLease === variant.hasLeases;
    });
    expect(codesOf(sent.map(({ call }) => call))).toEqual(new Set(["200 null"]));
    await setKeys(ground, organization, `budget_limit_nano = ${cost.costNano}`);
    const loweredAtMs = performance.now();
    traffic.endMs = loweredAtMs + variant.revokedWithinMs;
    // One look: what has ended, what runs, and what leases still have.
    const { balanceNano, heldNano } = await creditsOf(ground, organization);
    return { loweredAtMs, most: (RICH_NANO - balanceNano) / cost.costNano + heldNano / cost.holdNano };
  };
  // Where it fails the connections end too: they are not the next test's.
  const { loweredAtMs, most } = await lower().catch((error: unknown) => {
    traffic.endMs = 0;
    throw error;
  });
  await connections;
  const admitted = sent.filter(({ call }) => isAdmitted(call));
  if (variant.hasLeases) expect(BigInt(admitted.length)).toBeLessThanOrEqual(most);
  else expect(BigInt(admitted.length)).toBe(most);
  expect(codesOf(sent.flatMap(({ call }) => (isAdmitted(call) ? [] : [call])))).toEqual(
    new Set(["402 key_budget_exceeded"]),
  );
  const lastMs = Math.max(...admitted.map(({ sentMs }) => sentMs)) - loweredAtMs;
  expect(lastMs).toBeLessThanOrEqual(variant.revokedWithinMs);
  await untilNoLease(scene, organization);
  const after = await race(ground, CONNECTIONS, (teller) => startConstant(teller, apiKey));
  expect(codesOf(after)).toEqual(new Set(["402 key_budget_exceeded"]));
  await expectBooks(
    ground,
    organization,
    admitted.map(({ call }) => call),
  );
}

async function callUntilRefused(teller: Teller, apiKey: string, traffic: Traffic): Promise<void> {
  for (let calls = 0; calls < CALLS_MAX; calls += 1) {
    const sentMs = performance.now();
    const call = await startConstant(teller, apiKey).over;
    traffic.sent.push({ sentMs, call });
    if (!isAdmitted(call) || sentMs > traffic.endMs) return;
  }
}

/** B20: a key never runs more calls at once than it may, while slots are given back and taken; and they all come back. */
export async function expectSlots(scene: Scene): Promise<void> {
  const { ground, variant } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const { apiKey } = organization;
  await setKeys(ground, organization, `concurrency = ${SLOTS}`);
  const full = "429 rate_limit_concurrency";
  ground.provider.takePeak();
  const over: Promise<Call>[] = [];
  for (let round = 0; round < SLOT_ROUNDS; round += 1) {
    // Nobody waits for the calls of the round before to be over: they end while these are decided.
    const { running } = await decide(ground, CONNECTIONS, (teller) => startConstant(teller, apiKey));
    over.push(...running.map((one) => one.over));
    expect(ground.provider.waiting).toBeLessThanOrEqual(SLOTS);
    ground.provider.release();
  }
  const calls = await Promise.all(over);
  const peak = ground.provider.takePeak();
  if (variant.hasLeases) expect(peak).toBeLessThanOrEqual(SLOTS);
  else expect(peak).toBe(SLOTS);
  const refused = calls.filter((call) => !isAdmitted(call));
  expect(codesOf(refused)).toEqual(new Set([full]));
  expect(refused.every(({ shouldRetry, retryAfter }) => shouldRetry === "true" && retryAfter === "1")).toBe(true);
  await untilNothingIsHeld(ground, organization);
  const { admitted } = await fillLimit(scene, organization, {
    apiKey,
    room: SLOTS,
    attempts: 2 * CONNECTIONS,
    full,
  });
  await expectBooks(ground, organization, [...calls.filter(isAdmitted), ...admitted]);
}

/**
 * B20: no more calls in a minute than the key may make, ended ones included, and what is left is told as it is. A test
 * is ended by the runner before its first call leaves the minute.
 */
export async function expectRequestsPerMinute(scene: Scene): Promise<void> {
  const { ground, variant } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const { apiKey } = organization;
  await setKeys(ground, organization, `requests_per_minute = ${PER_MINUTE}, tokens_per_minute = ${MANY_TOKENS}`);
  const full = "429 rate_limit_requests";
  const { admitted, refused } = await fillLimit(scene, organization, {
    apiKey,
    room: PER_MINUTE,
    attempts: 3 * CONNECTIONS,
    full,
  });
  for (const { rateLimits } of [...admitted, ...refused]) {
    expectWindow(rateLimits, "requests", PER_MINUTE);
    expectWindow(rateLimits, "tokens", MANY_TOKENS);
  }
  const left = admitted.map(({ rateLimits }) => Number(rateLimits.get("remaining-requests"))).toSorted((a, b) => a - b);
  if (!variant.hasLeases) expect(left).toEqual(Array.from({ length: PER_MINUTE }, (_, index) => index));
  await expectBooks(ground, organization, admitted);
  const after = await race(ground, CONNECTIONS, (teller) => startConstant(teller, apiKey));
  expect(codesOf(after)).toEqual(new Set([full]));
  expect(new Set(after.map(({ rateLimits }) => rateLimits.get("remaining-requests")))).toEqual(new Set(["0"]));
}

function expectWindow(rateLimits: ReadonlyMap<string, string>, measure: string, limit: number): void {
  expect(rateLimits.get(`limit-${measure}`)).toBe(String(limit));
  const remaining = Number(rateLimits.get(`remaining-${measure}`) ?? "NaN");
  expect(remaining).toBeGreaterThanOrEqual(0);
  expect(remaining).toBeLessThanOrEqual(limit);
}
