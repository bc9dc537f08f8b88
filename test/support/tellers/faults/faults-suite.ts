import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";
import { useTellers } from "../use-tellers.ts";
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
    const standing = useTellers({ count: TELLERS, bounds: BOUNDS });

    test("an object that is far away: calls from leases and without, each charged once", async () => {
      const { ground, cost } = standing();
      await expectFarObject(ground, cost);
    });
    test("G5: an object slower than our patience: leases go on, all others are refused, and nothing stays held", async () => {
      const { ground, cost } = standing();
      await expectTooSlowObject(ground, cost);
    });
    test(
      "G6: a minute without Postgres under load: every call is answered, nothing is lost, nothing doubled",
      async () => {
        const { ground, database, cost } = standing();
        await expectMinuteWithoutDatabase(ground, database, cost);
      },
      MINUTE_LIMIT_MS,
    );
  });

  describe("alarms of the Account object ring again", () => {
    const standing = useTellers({ count: 2, bounds: { ...BOUNDS, ...SWEPT_SOON } });

    test("G6: killed with its flush on the way, again and again: no row is posted twice", async () => {
      const { ground, cost } = standing();
      await expectOnePosting(ground, cost);
    });
    test("G6: killed after its sweep: no hold is swept twice", async () => {
      const { ground, cost } = standing();
      await expectOneSweep(ground, cost);
    });
  });

  const clockCase = "wall clocks jump by ten minutes, of the account host and of a gateway";
  if (ShiftedClocks.isPossible()) describe(clockCase, registerClockJumps);
  else {
    describe.skip(`${clockCase}: SKIPPED, it needs Linux and a C compiler (cc), which this machine has not`, () => {
      test("is not run here", () => undefined);
    });
  }
}

function registerClockJumps(): void {
  const { clocks, environmentOf } = useClocks();
  const standing = useTellers({ count: 2, bounds: BOUNDS }, environmentOf);

  test("G1: never more calls are admitted than the balance can hold, and then as many", async () => {
    const { ground, cost } = standing();
    await expectBalanceThroughJumps(ground, clocks(), cost);
  });
  test("G2: nor than the budget of a key can hold", async () => {
    const { ground, cost } = standing();
    await expectBudgetThroughJumps(ground, clocks(), cost);
  });
  test("calls go on, each is charged once, and all of it reaches the ledger", async () => {
    const { ground, cost } = standing();
    await expectChargesThroughJumps(ground, clocks(), cost);
  });
  test("leases end within their bound: nothing stays reserved", async () => {
    const { ground, cost } = standing();
    await expectLeasesEnd(ground, clocks(), cost);
  });
  test("G19: a revoked key is refused within the bound by a gateway whose clock went back", async () => {
    await expectRevokedThroughJump(standing().ground, clocks());
  });
}

/** Clocks that are built with the processes which go by them, and are gone after them. */
function useClocks() {
  let made: { readonly directory: string; readonly clocks: ShiftedClocks } | null = null;
  const clocks = (): ShiftedClocks => {
    if (made === null) throw new Error("no clock is shifted outside of the tests");
    return made.clocks;
  };
  // Registered before what takes the processes down, and run after it.
  afterAll(async () => {
    await made?.clocks.close();
    if (made !== null) await rm(made.directory, { recursive: true, force: true });
  });
  return {
    clocks,
    environmentOf: async () => {
      const directory = await mkdtemp(join(tmpdir(), "prismatic-clocks-"));
      const built = await ShiftedClocks.build(directory, [HOST, JUMPY]);
      made = { directory, clocks: built };
      const isShifted = (name: string): boolean => name === HOST || name === JUMPY;
      return { environmentOf: (name: string) => (isShifted(name) ? built.environmentOf(name) : {}) };
    },
  };
}
