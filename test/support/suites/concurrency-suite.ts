import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { nanoUsd } from "#kernel";
import { faultsOf, readBooks, receiptsOf, type ReceiptRow } from "../stack/books.ts";
import { chat, readCredits, readSettlementLagMs, startChat, type Call, type ChatInput } from "../stack/calls.ts";
import {
  doubleFlushes,
  expectOnlySetAside,
  expectRepeatsKnown,
  plantPoison,
  POISON_MODEL,
  removePoison,
  troubleFlushes,
} from "../stack/ledger-trouble.ts";
import { openProvingGround, type Organization, type ProvingGround } from "../stack/proving-ground.ts";
import { until } from "../stack/until.ts";

const START_LIMIT_MS = 120_000;
const CALLS = 64;
const OUTPUT_TOKENS = 20;
/** The same request every time, so that every call holds the same and costs the same. */
const CONSTANT = { prompt: `The same for all. [[sim: tokens=${OUTPUT_TOKENS}]]`, maxTokens: OUTPUT_TOKENS };
const RICH_NANO = 1_000_000_000_000n;

const BOUNDS = {
  FLUSH_INTERVAL_MS: "50",
  FLUSH_BACKOFF_MS: "50",
  FLUSH_BACKOFF_MAX_MS: "200",
  LEDGER_TIMEOUT_MS: "2000",
  STORE_MS: "1000",
};

interface Database {
  readonly url: string | null;
  /** Cuts Postgres itself off; null where only the way to it can be cut. */
  readonly setReachable: ((isReachable: boolean) => Promise<void>) | null;
  remove(): Promise<void>;
}

/** Money under concurrency through HTTP, real workerd and a real database (issue 2 "Done when", traps G1, G2, G6, G8, G18). */
export function registerConcurrencySuite(makeDatabase: () => Promise<Database>): void {
  describe("money at 64 calls at once, through HTTP and real workerd", () => {
    let ground: ProvingGround;
    let database: Database;
    /** What one constant call holds and costs. */
    let holdNano: bigint;
    let costNano: bigint;
    let afterAbandoned: Call;

    beforeAll(async () => {
      database = await makeDatabase();
      ground = await openProvingGround({ databaseUrl: database.url, bounds: BOUNDS });
      afterAbandoned = await abandonFirstCall(ground);
      ({ holdNano, costNano } = await measureConstantCall(ground));
    }, START_LIMIT_MS);
    beforeEach(() => {
      ground.postgres.setRule(() => "pass");
    });
    afterAll(async () => {
      await ground.stop();
      await database.remove();
    });

    test("a client that leaves while its isolate reads the first prices keeps nobody else waiting", () => {
      expect(afterAbandoned).toMatchObject({ status: 200, isWhole: true });
    });

    test("G1: of 64 calls at once exactly as many are admitted as the balance can hold, again and again", async () => {
      const organization = await ground.organization(5n * holdNano + holdNano - 1n);
      let balanceNano = 5n * holdNano + holdNano - 1n;
      let admittedInAll = 0;
      for (let round = 0; round < 3; round += 1) {
        const affordable = balanceNano / holdNano;
        const { admitted, refused } = await race(ground, organization.apiKey);
        expect(admitted).toHaveLength(Number(affordable));
        expect(refused.map(({ status, code }) => ({ status, code }))).toEqual(
          Array.from({ length: CALLS - Number(affordable) }, () => ({ status: 402, code: "insufficient_credit" })),
        );
        // Waiting does not bring money: nobody is told to come back.
        expect(refused.every(({ shouldRetry, retryAfter }) => shouldRetry === "false" && retryAfter === null)).toBe(
          true,
        );
        admittedInAll += admitted.length;
        balanceNano -= affordable * costNano;
        await untilDrained(ground, organization, balanceNano);
      }
      await expectBooks(ground, organization, admittedInAll);
    });

    test("G2: a rich organization gives a key with a small budget no more than the budget", async () => {
      const organization = await ground.organization(RICH_NANO);
      const apiKey = await organization.keyWithBudget(nanoUsd(3n * holdNano + holdNano / 2n));
      const { admitted, refused } = await race(ground, apiKey);
      expect(admitted).toHaveLength(3);
      expect(new Set(refused.map(({ status, code }) => `${status} ${code}`))).toEqual(
        new Set(["402 key_budget_exceeded"]),
      );
      await untilDrained(ground, organization, RICH_NANO - 3n * costNano);
      // What is left of the budget goes on being the limit, and the organization's other key is not touched by it.
      const left = (3n * holdNano + holdNano / 2n - 3n * costNano) / holdNano;
      expect((await race(ground, apiKey)).admitted).toHaveLength(Number(left));
      expect(await chat({ ...CONSTANT, gatewayUrl: ground.gatewayUrl, apiKey: organization.apiKey })).toMatchObject({
        status: 200,
      });
      await expectBooks(ground, organization, 4 + Number(left));
    });

    test("G8: a provider that overruns its maximum is posted in full, as debt, flagged; the next call is refused", async () => {
      // Room for one call of this maximum. It writes just short of four times that: more would not be believed.
      const creditNano = 5n * holdNano;
      const organization = await ground.organization(creditNano);
      const input = { ...CONSTANT, gatewayUrl: ground.gatewayUrl, apiKey: organization.apiKey };
      const call = await chat({ ...input, prompt: "The same for all. [[sim: overrun=999]]", maxTokens: 250 });
      expect(call.status).toBe(200);
      const [receipt] = await expectBooks(ground, organization, 1);
      expect(receipt?.flags).toEqual(expect.arrayContaining(["over_hold", "over_maximum"]));
      expect(BigInt(receipt?.cost_nano ?? "")).toBeGreaterThan(BigInt(receipt?.held_nano ?? ""));
      const credits = await readCredits(ground.gatewayUrl, organization.apiKey);
      const debtNano = creditNano - BigInt(receipt?.cost_nano ?? "");
      expect(debtNano).toBeLessThan(0n);
      expect(credits).toMatchObject({ balanceNano: debtNano, heldNano: 0n, availableNano: debtNano });
      expect(await chat(input)).toMatchObject({ status: 402, code: "insufficient_credit" });
    });

    test("G6: flushes that are unanswered, refused a connection, or sent twice at once charge each call once", async () => {
      const organization = await ground.organization(RICH_NANO);
      troubleFlushes(ground.postgres, organization);
      const calls = await callMany(ground, organization, { streams: true });
      await expectBooks(ground, organization, CALLS);
      doubleFlushes(ground.postgres, organization);
      calls.push(...(await callMany(ground, organization, { streams: true })));
      const receipts = await expectBooks(ground, organization, 2 * CALLS);
      expect(receipts.map(({ id }) => id)).toEqual(idsOf(calls));
      await expectRepeatsKnown(ground.postgres, organization);
    });

    test("Postgres away under load and back: every call is answered, nothing is lost, nothing doubled", async () => {
      const organization = await ground.organization(RICH_NANO);
      const cut = database.setReachable;
      if (cut === null) ground.postgres.setRule(() => "refuse");
      else await cut(false);
      const calls = await callMany(ground, organization, { streams: true });
      expect(calls.every(({ isWhole }) => isWhole)).toBe(true);
      await untilDrained(ground, organization, RICH_NANO - BigInt(CALLS) * costNano);
      const readLag = () => readSettlementLagMs(ground.gatewayUrl, organization.apiKey);
      await until("the settlement lag shows", async () => (await readLag()) > 0);
      if (cut === null) {
        expect(await receiptsOf(ground.ledger, organization.id)).toEqual([]);
        ground.postgres.setRule(() => "pass");
      } else {
        await expect(ground.ledger.query("SELECT 1")).rejects.toThrow();
        await cut(true);
        await ground.reopenLedger();
      }
      const receipts = await expectBooks(ground, organization, CALLS);
      expect(receipts.map(({ id }) => id)).toEqual(idsOf(calls));
      await until("the settlement lag is over", async () => (await readLag()) === 0);
    });

    test("G18: a receipt that the ledger refuses for good is set aside alone; its organization and others go on", async () => {
      const [sick, healthy] = [await ground.organization(RICH_NANO), await ground.organization(RICH_NANO)];
      await plantPoison(ground, sick);
      const input = { ...CONSTANT, gatewayUrl: ground.gatewayUrl, apiKey: sick.apiKey };
      const [poison, ...rest] = await Promise.all([
        chat({ ...input, model: POISON_MODEL }),
        ...Array.from({ length: 16 }, () => chat(input)),
      ]);
      await callMany(ground, healthy, { streams: false });
      await expectBooks(ground, healthy, CALLS);
      const later = await chat(input);
      const receipts = await untilReceipts(ground, sick, rest.length + 1);
      expect(receipts.map(({ id }) => id)).toEqual(idsOf([...rest, later]));
      await expectOnlySetAside(ground, sick, poison);
      await removePoison(ground);
    });
  });
}

/** The isolate's very first call is hung up on while Postgres is silent; answers how the next one fared. */
async function abandonFirstCall(ground: ProvingGround): Promise<Call> {
  const { apiKey } = await ground.organization(RICH_NANO);
  const input = { ...CONSTANT, gatewayUrl: ground.gatewayUrl, apiKey };
  const hangUp = new AbortController();
  ground.postgres.shut();
  const first = startChat({ ...input, signal: hangUp.signal });
  await until("the isolate asks for prices", () => ground.postgres.waiting > 0);
  hangUp.abort();
  await first.over;
  const next = startChat(input);
  await until("the next call is answered", () => next.call.status !== null);
  ground.postgres.release();
  return await next.over;
}

/** What one call holds, seen while it waits before the provider, and what it costs in the end. */
async function measureConstantCall(ground: ProvingGround): Promise<{ holdNano: bigint; costNano: bigint }> {
  const { apiKey } = await ground.organization(RICH_NANO);
  ground.provider.shut();
  const running = startChat({ ...CONSTANT, gatewayUrl: ground.gatewayUrl, apiKey });
  await until("the call waits before the provider", () => ground.provider.waiting === 1);
  const { heldNano } = await readCredits(ground.gatewayUrl, apiKey);
  ground.provider.release();
  expect(await running.over).toMatchObject({ status: 200 });
  const ended = await until("the call is settled", async () => {
    const credits = await readCredits(ground.gatewayUrl, apiKey);
    return credits.heldNano === 0n ? credits : null;
  });
  return { holdNano: heldNano, costNano: RICH_NANO - ended.balanceNano };
}

/** 64 calls at once; the provider answers none before all are decided. */
async function race(ground: ProvingGround, apiKey: string): Promise<{ admitted: Call[]; refused: Call[] }> {
  ground.provider.shut();
  let refusals = 0;
  const running = Array.from({ length: CALLS }, () => {
    const started = startChat({ ...CONSTANT, gatewayUrl: ground.gatewayUrl, apiKey });
    void started.over.then(() => (refusals += 1));
    return started;
  });
  await until("all are decided", () => refusals + ground.provider.waiting === CALLS);
  ground.provider.release();
  const calls = await Promise.all(running.map(({ over }) => over));
  return {
    admitted: calls.filter(({ status }) => status === 200),
    refused: calls.filter(({ status }) => status !== 200),
  };
}

function callMany(ground: ProvingGround, { apiKey }: Organization, { streams }: { streams: boolean }): Promise<Call[]> {
  const input: ChatInput = { ...CONSTANT, gatewayUrl: ground.gatewayUrl, apiKey, stream: streams };
  return Promise.all(Array.from({ length: CALLS }, () => chat(input)));
}

async function untilDrained(ground: ProvingGround, { apiKey }: Organization, balanceNano: bigint): Promise<void> {
  const credits = await until("no hold is open", async () => {
    const found = await readCredits(ground.gatewayUrl, apiKey);
    return found.heldNano === 0n ? found : null;
  });
  expect(credits).toMatchObject({ balanceNano, heldNano: 0n, availableNano: balanceNano });
}

function untilReceipts(ground: ProvingGround, { id }: Organization, expected: number): Promise<ReceiptRow[]> {
  return until(`${expected} receipts in the ledger`, async () => {
    const rows = await receiptsOf(ground.ledger, id);
    return rows.length >= expected ? rows : null;
  });
}

/** Waits for the receipts and compares every sum; answers the receipts. */
async function expectBooks(ground: ProvingGround, organization: Organization, expected: number): Promise<ReceiptRow[]> {
  const receipts = await untilReceipts(ground, organization, expected);
  expect(receipts).toHaveLength(expected);
  const { balanceNano } = await until("nothing is set aside", async () => {
    const credits = await readCredits(ground.gatewayUrl, organization.apiKey);
    return credits.heldNano === 0n && credits;
  });
  expect(faultsOf(await readBooks(ground.ledger, organization.id), balanceNano)).toEqual([]);
  return receipts;
}

const idsOf = (calls: readonly Call[]): string[] => calls.map(({ id }) => id ?? "").toSorted();
