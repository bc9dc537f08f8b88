import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCredits, type Call, type RunningCall } from "../stack/calls.ts";
import type { Organization } from "../stack/proving-ground.ts";
import { makeServerDatabase, type ServerDatabase } from "../stack/server-database.ts";
import { until } from "../stack/until.ts";
import {
  creditsOf,
  expectBooks,
  measureConstantCall,
  race,
  reservedNano,
  RICH_NANO,
  startConstant,
  tellerOf,
  type ConstantCost,
} from "./constant-calls.ts";
import { startTellers, type Tellers } from "./start-tellers.ts";

/** One way in which keys are admitted. Every promise holds in each of them. */
export interface Variant {
  readonly name: string;
  /** Brings a new organization into it, before its first call: sets what its key is to be, and projects that. */
  readonly prepare: (ground: Tellers, organization: Organization) => Promise<void>;
  /** How long after the Account object knows that a key is revoked a call may still be sent and admitted. */
  readonly revokedWithinMs: number;
}

const START_LIMIT_MS = 120_000;
const RACE_LIMIT_MS = 180_000;
/** Client connections: each carries one call at a time. */
const CONNECTIONS = 64;
/** Calls that the balance of G1 is for, and calls that are sent. */
const AFFORDABLE = 100;
const ATTEMPTS = 1_000;
/** Waves after every lease has ended: the first takes all that is left. */
const LATE_WAVES_MAX = 3;
const LEASE_LIFE_SECONDS = 5;
const CALLS_FOR_A_LEASE = 4;
const ROUND_TRIP_MS = 150;
/** Long enough to see through another gateway that the object has settled, before the answer is there. */
const LOST_ANSWER_ROUND_TRIP_MS = 1_500;

/** Bounds of every process: what the ledger is told is told at once. */
const BOUNDS = { FLUSH_INTERVAL_MS: "50", FLUSH_BACKOFF_MS: "50", FLUSH_BACKOFF_MAX_MS: "200" };

/** Money where gateways are many processes and the account is one (design MONEY sections 2 to 4 and 6). */
export function registerTellersSuite(variants: readonly Variant[]): void {
  describe("8 gateways in processes of their own before one Account object", () => {
    let ground: Tellers;
    let database: ServerDatabase;
    let cost: ConstantCost;

    beforeAll(async () => {
      database = await makeServerDatabase();
      ground = await startTellers({ databaseUrl: database.url, bounds: BOUNDS });
      cost = await measureConstantCall(ground);
    }, START_LIMIT_MS);
    afterAll(async () => {
      await ground.close();
      await database.remove();
    });

    test("a link's round trip is what a call to the object takes at least", async () => {
      const organization = await ground.organization(RICH_NANO);
      await ground.setRoundTripMs(ROUND_TRIP_MS);
      const tookMs = await Promise.all(
        ground.tellers.map(async ({ url }) => {
          const startedMs = performance.now();
          await readCredits(url, organization.apiKey);
          return performance.now() - startedMs;
        }),
      );
      await ground.setRoundTripMs(0);
      expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(ROUND_TRIP_MS);
    });

    describe.each(variants)("$name", (variant) => {
      const organizationWith = async (creditNano: bigint): Promise<Organization> => {
        const organization = await ground.organization(creditNano);
        await variant.prepare(ground, organization);
        return organization;
      };

      test(
        "G1: of 1,000 calls over all gateways as many are admitted as the balance can hold",
        async () => {
          await expectExactAdmissions(ground, await organizationWith(creditFor(cost)), cost);
        },
        RACE_LIMIT_MS,
      );
      test("G22: one Idempotency-Key sent to every gateway at once is one call and one charge", async () => {
        await expectOneCharge(ground, await organizationWith(RICH_NANO), cost);
      });
      test("G7: a settle whose answer is lost on its way is sent again and charges once", async () => {
        await expectOneSettle(ground, await organizationWith(RICH_NANO), cost);
      });
      test("G19: a revoked key is refused by every gateway within the bound", async () => {
        await expectRevokedEverywhere(ground, await organizationWith(RICH_NANO), variant.revokedWithinMs);
      });
      test("a gateway that is killed frees nothing and charges nothing; the others go on", async () => {
        await expectHoldsOutliveTeller(ground, await organizationWith(RICH_NANO), cost);
      });
      test("G5: an account host that is killed admits nobody, and comes back with every hold", async () => {
        await expectHoldsOutliveHost(ground, await organizationWith(RICH_NANO), cost);
      });
    });
  });
}

/**
 * Many more calls than the balance is for, none of which ends before all are decided: never more are admitted than it can
 * hold, and, once no lease stands in the way, exactly as many. Until then nobody is told that the credit is used up.
 */
async function expectExactAdmissions(ground: Tellers, organization: Organization, cost: ConstantCost): Promise<void> {
  const running: RunningCall[] = [];
  const refused: Call[] = [];
  ground.provider.shut();
  const wave = async (): Promise<void> => {
    const started = Array.from({ length: CONNECTIONS }, (_, index) =>
      startConstant(tellerOf(ground, index % ground.tellers.length), organization.apiKey),
    );
    for (const one of started) void one.over.then((call) => refused.push(call));
    running.push(...started);
    await until("all are decided", () => refused.length + ground.provider.waiting === running.length);
    expect(ground.provider.waiting).toBeLessThanOrEqual(AFFORDABLE);
  };
  while (running.length < ATTEMPTS) await wave();
  const isFull = (): boolean => ground.provider.waiting === AFFORDABLE;
  for (let more = 0; more < LATE_WAVES_MAX && !isFull(); more += 1) {
    await until("no lease is open", async () => (await reservedNano(ground, organization)) === 0n);
    await wave();
  }
  expect(ground.provider.waiting).toBe(AFFORDABLE);
  await until("no lease is open", async () => (await reservedNano(ground, organization)) === 0n);
  for (const { status, code, shouldRetry, retryAfter } of refused) {
    const isParked = code === "credit_reserved";
    expect({ status, code, shouldRetry }).toEqual(
      isParked
        ? { status: 429, code, shouldRetry: "true" }
        : { status: 402, code: "insufficient_credit", shouldRetry: "false" },
    );
    expect(retryAfter === null ? null : Number(retryAfter) <= LEASE_LIFE_SECONDS).toBe(isParked ? true : null);
  }
  const before = refused.length;
  await wave();
  expect(refused.slice(before)).toHaveLength(CONNECTIONS);
  expect(codesOf(refused.slice(before))).toEqual(new Set(["402 insufficient_credit"]));
  ground.provider.release();
  const calls = await Promise.all(running.map(({ over }) => over));
  const admitted = calls.filter(({ status }) => status === 200);
  expect(admitted).toHaveLength(AFFORDABLE);
  await expectBooks(ground, organization, admitted);
  const { balanceNano } = await creditsOf(ground, organization);
  expect(balanceNano).toBe(creditFor(cost) - BigInt(AFFORDABLE) * cost.costNano);
}

/** For so many calls as are to be admitted, and not quite one more. */
const creditFor = ({ holdNano }: ConstantCost): bigint => (BigInt(AFFORDABLE) + 1n) * holdNano - 1n;

async function expectOneCharge(ground: Tellers, organization: Organization, cost: ConstantCost): Promise<void> {
  const askedBefore = ground.provider.passed.length;
  const sendToAll = (): Promise<Call[]> =>
    race(ground, ground.tellers.length, (teller) => startConstant(teller, organization.apiKey, "the-same-everywhere"));
  const calls = await sendToAll();
  const admitted = calls.filter(({ status }) => status === 200);
  expect(admitted).toHaveLength(1);
  expect(codesOf(calls.filter(({ status }) => status !== 200))).toEqual(new Set(["409 idempotency_in_progress"]));
  await expectBooks(ground, organization, admitted);
  expect(codesOf(await sendToAll())).toEqual(new Set(["409 idempotency_key_reused"]));
  await expectBooks(ground, organization, admitted);
  expect((await creditsOf(ground, organization)).balanceNano).toBe(RICH_NANO - cost.costNano);
  expect(ground.provider.passed.length - askedBefore).toBe(1);
}

async function expectOneSettle(ground: Tellers, organization: Organization, { costNano }: ConstantCost): Promise<void> {
  const teller = tellerOf(ground, 0);
  ground.provider.shut();
  const running = startConstant(teller, organization.apiKey);
  await until("the call waits before the provider", () => ground.provider.waiting === 1);
  await teller.link.setRoundTripMs(LOST_ANSWER_ROUND_TRIP_MS);
  ground.provider.release();
  await until("the object has settled", async () => {
    const { balanceNano } = await creditsOf(ground, organization);
    return balanceNano === RICH_NANO - costNano;
  });
  const lostBytes = await teller.link.cut();
  await teller.link.setRoundTripMs(0);
  expect(lostBytes).toBeGreaterThan(0);
  // Nobody else calls here: the gateway asks again, and what it asks next arrives after that.
  await until("the gateway has connected again", async () => (await teller.link.connections()) > 0);
  const calls = [await running.over, await startConstant(teller, organization.apiKey).over];
  expect(codesOf(calls)).toEqual(new Set(["200 null"]));
  await expectBooks(ground, organization, calls);
  expect((await creditsOf(ground, organization)).balanceNano).toBe(RICH_NANO - 2n * costNano);
}

async function expectRevokedEverywhere(ground: Tellers, organization: Organization, boundMs: number): Promise<void> {
  const { apiKey } = organization;
  // Every gateway uses the key often enough for a lease, where it may have one.
  for (let call = 0; call < CALLS_FOR_A_LEASE; call += 1) {
    const before = await Promise.all(ground.tellers.map((teller) => startConstant(teller, apiKey).over));
    expect(codesOf(before)).toEqual(new Set(["200 null"]));
  }
  if (boundMs > 0) expect(await reservedNano(ground, organization)).toBeGreaterThan(0n);
  await ground.exec(`UPDATE api_key SET status = 'revoked' WHERE org_id = '${organization.id}'`);
  await ground.projectNow();
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
  expect(Math.max(...lastAdmittedMs)).toBeLessThanOrEqual(boundMs);
  const after = await Promise.all(ground.tellers.map((teller) => startConstant(teller, apiKey).over));
  expect(codesOf(after)).toEqual(new Set(["401 api_key_revoked"]));
}

async function expectHoldsOutliveTeller(
  ground: Tellers,
  organization: Organization,
  { holdNano, costNano }: ConstantCost,
): Promise<void> {
  const [doomed, other] = [tellerOf(ground, 0), tellerOf(ground, 1)];
  ground.provider.shut();
  const lost = [1, 2].map(() => startConstant(doomed, organization.apiKey));
  const finished = startConstant(other, organization.apiKey);
  await until("all wait before the provider", () => ground.provider.waiting === 3);
  await doomed.kill();
  ground.provider.release();
  expect((await Promise.all(lost.map(({ over }) => over))).map(({ status }) => status)).toEqual([null, null]);
  expect(await finished.over).toMatchObject({ status: 200 });
  await doomed.restart();
  expect(await startConstant(doomed, organization.apiKey).over).toMatchObject({ status: 200 });
  const { availableNano } = await until("the calls that ended are settled", async () => {
    const credits = await creditsOf(ground, organization);
    return credits.balanceNano === RICH_NANO - 2n * costNano ? credits : null;
  });
  // What a dead gateway held is nobody's until the sweep, which knows what it had reported.
  expect(availableNano).toBeLessThanOrEqual(RICH_NANO - 2n * costNano - 2n * holdNano);
}

async function expectHoldsOutliveHost(
  ground: Tellers,
  organization: Organization,
  { holdNano }: ConstantCost,
): Promise<void> {
  const stranger = await ground.organization(RICH_NANO);
  ground.provider.shut();
  const running = ground.tellers.map((teller) => startConstant(teller, organization.apiKey));
  await until("all wait before the provider", () => ground.provider.waiting === running.length);
  await ground.host.kill();
  // No gateway has anything of this organization's: without the object there is no admission.
  const meanwhile = await Promise.all(ground.tellers.map((teller) => startConstant(teller, stranger.apiKey).over));
  expect(codesOf(meanwhile)).toEqual(new Set(["503 account_unavailable"]));
  await ground.host.restart();
  const { heldNano } = await creditsOf(ground, organization);
  expect(heldNano).toBeGreaterThanOrEqual(BigInt(running.length) * holdNano);
  ground.provider.release();
  const calls = await Promise.all(running.map(({ over }) => over));
  expect(codesOf(calls)).toEqual(new Set(["200 null"]));
  await expectBooks(ground, organization, calls);
}

/** Status and code of each, without repeats. */
const codesOf = (calls: readonly Call[]): Set<string> => new Set(calls.map(({ status, code }) => `${status} ${code}`));
