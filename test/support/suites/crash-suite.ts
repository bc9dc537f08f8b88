import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAccountFile, walletOf, type AccountFile } from "../stack/account-file.ts";
import {
  faultsOf,
  openLedger,
  readBooks,
  receiptsOf,
  type Books,
  type Ledger,
  type ReceiptRow,
} from "../stack/books.ts";
import { readCredits, startChat, type Call, type ChatInput, type RunningCall } from "../stack/calls.ts";
import { Gate } from "../stack/gate.ts";
import { StackProcess, type SettledLine } from "../stack/stack-process.ts";
import { until } from "../stack/until.ts";

/** The whole suite: three starts of a stack, the load, and the wait for the deadlines, on a busy machine. */
const SUITE_LIMIT_MS = 240_000;
const EXIT_LIMIT_MS = 60_000;
const LOAD_LIMIT_MS = 30_000;
const SWEEP_LIMIT_MS = 60_000;

const CHECKPOINT_MS = 200;
const BOUNDS = {
  // Far enough for a slow machine to be killed twice before the first hold is due.
  REQUEST_MAX_MS: "24000",
  HOLD_GRACE_MS: "1000",
  CHECKPOINT_MS: String(CHECKPOINT_MS),
  FLUSH_INTERVAL_MS: "100",
  FLUSH_BACKOFF_MS: "100",
  FLUSH_BACKOFF_MAX_MS: "500",
};

/** Three kinds of stream, 200 in all: over before the kill, in the middle of its output, and not begun. */
const SHORT = { count: 60, prompt: (index: number) => `[[sim: tokens=${3 + (index % 8) * 4} delay=60]]` };
const LONG = { count: 100, prompt: () => "[[sim: tokens=500 delay=100]]" };
const SILENT = { count: 40, prompt: () => "[[sim: first=60000]]" };
const STREAMS = SHORT.count + LONG.count + SILENT.count;

interface Aftermath {
  readonly calls: readonly Call[];
  /** Logged by the gateway before the kill. */
  readonly settled: readonly SettledLine[];
  /** What the object had made durable at the first kill. */
  readonly atKill: AccountFile;
  /** And at the second, of the process that recovered from the first. */
  readonly atSecondKill: AccountFile;
  readonly receipts: readonly ReceiptRow[];
  readonly books: Books;
  readonly balanceNano: bigint;
  readonly heldNano: bigint;
  /** The object's own rows after the last, orderly stop. */
  readonly atEnd: AccountFile;
  readonly gate: Gate;
  /** By `performance.now()`. */
  readonly killedAtMs: number;
}

/** Long enough for an isolate to have told of a call that it admitted from a lease, on a busy machine. */
const TOLD_AFTER_MS = 2_000;

export interface CrashVariant {
  readonly name: string;
  /**
   * Calls may be admitted from leases: those of an isolate's last moments are then not known to the account, have no
   * receipt and cost nothing. Without leases every admission is durable before the provider is asked.
   */
  readonly hasLeases: boolean;
}

/**
 * kill -9 of the whole stack under 200 concurrent streams, again during its recovery, and what is left of it (issue 2
 * "Done when", design MONEY section 6). `makeDatabase` answers a Postgres of this suite's own, or null for PGlite.
 */
export function registerCrashSuite(
  makeDatabase: () => Promise<{ readonly url: string | null; remove(): Promise<void> }>,
  { name, hasLeases }: CrashVariant,
): void {
  describe(`kill -9 of the whole stack under 200 concurrent streams, and again while it recovers, ${name}`, () => {
    let scene: Scene;
    let after: Aftermath;
    let cleanUp = async (): Promise<void> => undefined;

    beforeAll(async () => {
      const database = await makeDatabase();
      const dataDir = await mkdtemp(join(tmpdir(), "prismatic-crash-"));
      const bounds = hasLeases ? BOUNDS : { ...BOUNDS, LEASES_MAX: "0" };
      scene = { dataDir, databaseUrl: database.url, bounds, gate: await Gate.open(), running: [] };
      cleanUp = async () => {
        await scene.running.at(-1)?.stop();
        await scene.gate.close();
        await rm(dataDir, { recursive: true, force: true });
        await database.remove();
      };
    });
    afterAll(() => cleanUp(), EXIT_LIMIT_MS);

    test(
      "the stack comes back on the same data, and nobody has to call it for what was admitted to reach the ledger",
      async () => {
        after = await crashAndRecover(scene);
        expect(after.receipts.length).toBeGreaterThan(0);
      },
      SUITE_LIMIT_MS,
    );

    test("the kill came in the middle: calls ended, calls with a checkpoint, calls without output, rows on their way", () => {
      const { atKill, settled, gate } = after;
      const withCheckpoint = atKill.holds.filter(({ checkpoint }) => checkpoint !== null);
      expect(settled.length).toBeGreaterThan(0);
      expect(withCheckpoint.length).toBeGreaterThan(0);
      const silent = atKill.holds.length - withCheckpoint.length;
      if (hasLeases) expect(silent).toBeGreaterThan(0);
      else expect(silent).toBeGreaterThanOrEqual(SILENT.count);
      expect(atKill.outbox.length).toBeGreaterThan(0);
      expect(gate.passed.some(({ passage }) => passage === "lose-answer")).toBe(true);
      const known = atKill.holds.length + endedCalls(atKill).length;
      if (hasLeases) expect(known).toBeLessThanOrEqual(STREAMS);
      else expect(known).toBe(STREAMS);
    });

    test("the second kill came before the first hold was due: only a durable alarm brings the object back for them", () => {
      expect(after.atSecondKill.holds.length).toBe(after.atKill.holds.length);
    });

    test("every admitted request has exactly one receipt, and nothing else has one", () => {
      const { atKill, receipts, calls } = after;
      const admitted = [...atKill.holds, ...endedCalls(atKill)].map(({ id }) => id).sort();
      expect(receipts.map(({ id }) => id)).toEqual(admitted);
      // A client that saw an answer begin was admitted before: the admission is durable first, or told of in a moment.
      const isOld = ({ firstByteAtMs }: Call): boolean =>
        firstByteAtMs !== null && after.killedAtMs - firstByteAtMs > TOLD_AFTER_MS;
      const whole = calls.filter(({ status }) => status === 200);
      const seen = (hasLeases ? whole.filter(isOld) : whole).map(({ id }) => id);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter((id) => id === null || !admitted.includes(id))).toEqual([]);
    });

    test("what was settled before the kill stands with the figures that were acknowledged", () => {
      const { settled, receipts } = after;
      const recorded = new Map(receipts.map((receipt) => [receipt.id, receipt]));
      for (const { id, outcome, kind, costNano } of settled) {
        expect(recorded.get(id)).toMatchObject({ outcome, kind, cost_nano: costNano });
      }
    });

    test("what nobody settled is swept once: its last checkpoint as estimated, else nothing as unobserved", () => {
      const { atKill, receipts } = after;
      const recorded = new Map(receipts.map((receipt) => [receipt.id, receipt]));
      for (const { id, checkpoint } of atKill.holds) {
        expect(recorded.get(id)).toMatchObject({
          outcome: "unobserved",
          kind: checkpoint === null ? "unobserved" : "estimated",
          cost_nano: checkpoint?.cost_nano ?? "0",
        });
      }
      expect(walletOf(after.atEnd).counters.swept).toBe(atKill.holds.length);
    });

    test("a flush that the ledger had applied and whose answer was lost is sent again as it was, and changes nothing", () => {
      const { gate } = after;
      const lost = gate.passed.find(({ passage }) => passage === "lose-answer");
      // A repeat that the second kill cut off has no answer.
      const repeats = gate.passed.filter(({ body, passage, answers }) => {
        return passage === "pass" && body === lost?.body && answers.length > 0;
      });
      expect(lost?.answers.join()).toContain(String.raw`\"repeated\": false`);
      expect(repeats.length).toBeGreaterThan(0);
      for (const { answers } of repeats) expect(answers.join()).toContain(String.raw`\"repeated\": true`);
    });

    test("no hold is open, nothing waits for the ledger, and every sum is every other sum", () => {
      const { books, balanceNano, heldNano, atEnd, receipts } = after;
      expect(heldNano).toBe(0n);
      expect(atEnd.holds).toEqual([]);
      expect(atEnd.outbox).toEqual([]);
      expect(books.receiptsNano).toBeGreaterThan(0n);
      expect(faultsOf(books, balanceNano)).toEqual([]);
      expect(BigInt(walletOf(atEnd).balance_nano)).toBe(balanceNano);
      const { settled, swept } = walletOf(atEnd).counters;
      expect(settled + swept).toBe(receipts.length);
    });
  });
}

interface Scene {
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  readonly bounds: Readonly<Record<string, string>>;
  readonly gate: Gate;
  /** Every process that was started, for the clean-up. */
  readonly running: StackProcess[];
}

async function crashAndRecover(scene: Scene): Promise<Aftermath> {
  const { dataDir, gate } = scene;
  const first = await startBehindGate(scene);
  const load = startLoad({ gatewayUrl: first.state.gateway, apiKey: first.state.demo.api_key, prompt: "" });
  loseOneAnswer(gate);
  await untilWorthKilling(first, load, gate);
  const settled = first.settled();
  const killedAtMs = performance.now();
  await first.kill();
  const calls = await Promise.all(load.map(({ over }) => over));
  const atKill = await readAccountFile(dataDir);

  gate.setRule(() => "pass");
  const second = await startBehindGate(scene);
  // What had ended goes out first; then only holds are left, and an alarm for when they are due.
  await receiptsReached(second, endedCalls(atKill).length);
  await second.kill();
  const atSecondKill = await readAccountFile(dataDir);
  const last = await startBehindGate(scene);
  // Nobody calls the object meanwhile: its own alarm, set before it was killed, has to bring it back.
  await receiptsReached(last, atKill.holds.length + endedCalls(atKill).length);
  const { api_key: apiKey, org_id: orgId } = last.state.demo;
  const { balanceNano, heldNano } = await readCredits(last.state.gateway, apiKey);
  const [receipts, books] = await withLedger(last, (ledger) =>
    Promise.all([receiptsOf(ledger, orgId), readBooks(ledger, orgId)]),
  );
  await last.stop();
  return {
    calls,
    settled,
    atKill,
    atSecondKill,
    receipts,
    books,
    balanceNano,
    heldNano,
    atEnd: await readAccountFile(dataDir),
    gate,
    killedAtMs,
  };
}

/** Leases that were returned are remembered beside calls. */
const endedCalls = ({ ended }: AccountFile): AccountFile["ended"] => ended.filter(({ id }) => id.startsWith("gen_"));

function receiptsReached(stack: StackProcess, expected: number): Promise<true> {
  return withLedger(stack, (ledger) =>
    until(
      `${expected} receipts in the ledger`,
      async () => (await receiptsOf(ledger, stack.state.demo.org_id)).length >= expected || null,
      SWEEP_LIMIT_MS,
    ),
  );
}

async function withLedger<Value>(stack: StackProcess, work: (ledger: Ledger) => Promise<Value>): Promise<Value> {
  const ledger = await openLedger(stack.state.database_url);
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** The gateway's way to Postgres leads through the gate, which belongs to the test and survives. */
async function startBehindGate({ dataDir, databaseUrl, bounds, gate, running }: Scene): Promise<StackProcess> {
  const gatewayEnv = { ...bounds, NEON_HTTP_ENDPOINT: `${gate.url}/sql` };
  // Its address is known once it runs, and its port is another at every start.
  gate.shut();
  const stack = await StackProcess.start({ dataDir, databaseUrl, gatewayEnv });
  running.push(stack);
  gate.leadTo(new URL(stack.state.neon).origin);
  gate.release();
  return stack;
}

function startLoad(base: ChatInput): RunningCall[] {
  return [SHORT, LONG, SILENT].flatMap(({ count, prompt }) =>
    Array.from({ length: count }, (_, index) => startChat({ ...base, stream: true, prompt: prompt(index) })),
  );
}

/** The first flush is acknowledged; of the second the answer is lost, so that the kill finds it applied and unconfirmed. */
function loseOneAnswer(gate: Gate): void {
  let flushes = 0;
  gate.setRule((body) => {
    if (!isFlush(body)) return "pass";
    flushes += 1;
    return flushes === 2 ? "lose-answer" : "pass";
  });
}

async function untilWorthKilling(stack: StackProcess, load: readonly RunningCall[], gate: Gate): Promise<void> {
  const long = load.slice(SHORT.count, SHORT.count + LONG.count);
  const isUnderWay = ({ call }: RunningCall): boolean =>
    call.firstByteAtMs !== null && performance.now() - call.firstByteAtMs > TOLD_AFTER_MS + 3 * CHECKPOINT_MS;
  await until(
    "settled calls, running streams with a checkpoint each, and a flush whose answer was lost",
    async () =>
      (await simulatedRequests(stack)) === STREAMS &&
      stack.settled().length >= SHORT.count / 2 &&
      long.every(isUnderWay) &&
      gate.passed.some(({ passage, answers }) => passage === "lose-answer" && answers.length > 0),
    LOAD_LIMIT_MS,
  );
}

/** How many calls the provider has received: each was admitted before. */
async function simulatedRequests(stack: StackProcess): Promise<number> {
  const response = await fetch(`${stack.state.sim}/_sim/totals`);
  return Number(Reflect.get(Object(await response.json()), "requests"));
}

const isFlush = (body: string): boolean => body.includes("post_usage");
