import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { makeServerDatabase, type ServerDatabase } from "../../stack/server-database.ts";
import { measureConstantCall, type ConstantCost } from "../constant-calls.ts";
import { startTellers, type Tellers } from "../start-tellers.ts";
import {
  expectBalanceThroughJumps,
  expectBudgetThroughJumps,
  expectChargesThroughJumps,
  expectLeasesEnd,
  expectRevokedThroughJump,
  HOST,
  JUMPY,
} from "./clock-jumps.ts";
import { expectMinuteWithoutDatabase } from "./database-away.ts";
import { expectOnePosting, expectOneSweep, SWEPT_SOON } from "./repeated-alarms.ts";
import { ShiftedClocks } from "./shifted-clock.ts";
import { expectFarObject, expectTooSlowObject, PATIENCE_MS } from "./slow-object.ts";

const START_LIMIT_MS = 120_000;
const MINUTE_LIMIT_MS = 180_000;
const TELLERS = 3;

/** What the ledger is told is told at once; a gateway waits less for the object than it does in production. */
const BOUNDS = {
  FLUSH_INTERVAL_MS: "50",
  FLUSH_BACKOFF_MS: "50",
  FLUSH_BACKOFF_MAX_MS: "200",
  ACCOUNT_RPC_MS: String(PATIENCE_MS),
};

/** Money while what it stands on fails, with real workerd and a real Postgres (design MONEY section 6). */
export function registerFaultsSuite(): void {
  describe("what stands around the gateways fails", () => {
    let ground: Tellers;
    let database: ServerDatabase;
    let cost: ConstantCost;

    beforeAll(async () => {
      database = await makeServerDatabase();
      ground = await startTellers({ databaseUrl: database.url, count: TELLERS, bounds: BOUNDS });
      cost = await measureConstantCall(ground);
    }, START_LIMIT_MS);
    afterAll(async () => {
      await ground.close();
      await database.remove();
    });

    test("an object that is far away: calls from leases and without, each charged once", async () => {
      await expectFarObject(ground, cost);
    });
    test("G5: an object slower than our patience: leases go on, all others are refused, and nothing stays held", async () => {
      await expectTooSlowObject(ground, cost);
    });
    test(
      "G6: a minute without Postgres under load: every call is answered, nothing is lost, nothing doubled",
      async () => {
        await expectMinuteWithoutDatabase(ground, database, cost);
      },
      MINUTE_LIMIT_MS,
    );
  });

  describe("alarms of the Account object ring again", () => {
    let ground: Tellers;
    let database: ServerDatabase;
    let cost: ConstantCost;

    beforeAll(async () => {
      database = await makeServerDatabase();
      ground = await startTellers({ databaseUrl: database.url, count: 2, bounds: { ...BOUNDS, ...SWEPT_SOON } });
      cost = await measureConstantCall(ground);
    }, START_LIMIT_MS);
    afterAll(async () => {
      await ground.close();
      await database.remove();
    });

    test("G6: killed with its flush on the way, again and again: no row is posted twice", async () => {
      await expectOnePosting(ground, cost);
    });
    test("G6: killed after its sweep: no hold is swept twice", async () => {
      await expectOneSweep(ground, cost);
    });
  });

  const clockCase = "wall clocks jump by ten minutes, of the account host and of a gateway";
  if (!ShiftedClocks.isPossible()) {
    describe.skip(`${clockCase}: SKIPPED, it needs Linux and a C compiler (cc), which this machine has not`, () => {
      test("is not run here", () => undefined);
    });
    return;
  }
  describe(clockCase, () => {
    let directory: string;
    let clocks: ShiftedClocks;
    let ground: Tellers;
    let database: ServerDatabase;
    let cost: ConstantCost;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "prismatic-clocks-"));
      clocks = await ShiftedClocks.build(directory, [HOST, JUMPY]);
      database = await makeServerDatabase();
      ground = await startTellers({
        databaseUrl: database.url,
        count: 2,
        bounds: BOUNDS,
        environmentOf: (name) => (name === HOST || name === JUMPY ? clocks.environmentOf(name) : {}),
      });
      cost = await measureConstantCall(ground);
    }, START_LIMIT_MS);
    afterAll(async () => {
      await ground.close();
      await database.remove();
      await clocks.close();
      await rm(directory, { recursive: true, force: true });
    });

    test("G1: never more calls are admitted than the balance can hold, and then as many", async () => {
      await expectBalanceThroughJumps(ground, clocks, cost);
    });
    test("G2: nor than the budget of a key can hold", async () => {
      await expectBudgetThroughJumps(ground, clocks, cost);
    });
    test("calls go on, each is charged once, and all of it reaches the ledger", async () => {
      await expectChargesThroughJumps(ground, clocks, cost);
    });
    test("leases end within their bound: nothing stays reserved", async () => {
      await expectLeasesEnd(ground, clocks, cost);
    });
    test("G19: a revoked key is refused within the bound by a gateway whose clock went back", async () => {
      await expectRevokedThroughJump(ground, clocks);
    });
  });
}
