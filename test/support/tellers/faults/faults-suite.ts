import { afterAll, beforeAll, describe, test } from "vitest";
import { makeServerDatabase, type ServerDatabase } from "../../stack/server-database.ts";
import { measureConstantCall, type ConstantCost } from "../constant-calls.ts";
import { startTellers, type Tellers } from "../start-tellers.ts";
import { expectMinuteWithoutDatabase } from "./database-away.ts";
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
}
