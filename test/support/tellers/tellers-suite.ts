import { beforeEach, describe, expect, test } from "vitest";
import { readCredits } from "../stack/calls.ts";
import { RICH_NANO } from "./constant-calls.ts";
import { expectOneCharge, expectOnePosting, expectOneSettle, expectPoisonAlone } from "./delivery-promises.ts";
import { expectHoldsOutliveHost, expectHoldsOutliveTeller, expectSweptOnce } from "./kill-promises.ts";
import {
  expectLoweredBudget,
  expectRequestsPerMinute,
  expectRevokedEverywhere,
  expectSlots,
} from "./limit-promises.ts";
import { expectDebt, expectExactAdmissions, expectNoRichBypass, expectOneFits } from "./money-promises.ts";
import type { Scene, Variant } from "./scene.ts";
import { useTellers } from "./use-tellers.ts";

const RACE_LIMIT_MS = 180_000;
const ROUND_TRIP_MS = 150;

/** Bounds of every process: what the ledger is told is told at once, and again soon where it does not answer. */
const BOUNDS = {
  FLUSH_INTERVAL_MS: "50",
  FLUSH_BACKOFF_MS: "50",
  FLUSH_BACKOFF_MAX_MS: "200",
  LEDGER_TIMEOUT_MS: "2000",
};

/** Money where gateways are many processes and the account is one (design MONEY sections 2 to 4 and 6). */
export function registerTellersSuite(variants: readonly Variant[]): void {
  describe("8 gateways in processes of their own before one Account object", () => {
    const standing = useTellers({ bounds: BOUNDS });

    beforeEach(() => {
      // What a failed test leaves behind is not the next one's trouble.
      const { ground } = standing();
      ground.provider.release();
      ground.postgres.setRule(() => "pass");
    });

    test("a link's round trip is what a call to the object takes at least", async () => {
      const { ground } = standing();
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
      const promise = (name: string, keep: (scene: Scene) => Promise<void>, limitMs?: number): void => {
        test(name, () => keep({ ground: standing().ground, cost: standing().cost, variant }), limitMs);
      };
      promise(
        "G1: of 1,000 calls over all gateways as many are admitted as the balance can hold",
        expectExactAdmissions,
        RACE_LIMIT_MS,
      );
      promise("G2: a rich organization gives a key with a small budget no more than the budget", expectNoRichBypass);
      promise("G8: a provider that overruns its maximum is posted in full, as debt; no gateway goes on", expectDebt);
      promise("B7: of 64 calls at once, of which one fits the balance or the budget, one is admitted", expectOneFits);
      promise(
        "B7: a budget that is lowered under 64 calls at once ends them but for what leases hold",
        expectLoweredBudget,
      );
      promise("B20: a key never runs more calls at once than it has slots, over all gateways", expectSlots);
      promise("B20: a key makes no more requests in a minute than it may, over all gateways", expectRequestsPerMinute);
      promise("G22: one Idempotency-Key sent to every gateway at once is one call and one charge", expectOneCharge);
      promise("G7: a settle whose answer is lost on its way is sent again and charges once", expectOneSettle);
      promise("G6: flushes that are unanswered, refused or sent twice at once charge each call once", expectOnePosting);
      promise("G18: a receipt that the ledger refuses for good is set aside alone", expectPoisonAlone);
      promise("G19, S4: a revoked key is refused by every gateway within the bound", expectRevokedEverywhere);
      promise("a gateway that is killed frees nothing and charges nothing; the others go on", expectHoldsOutliveTeller);
      promise("G6: what a gateway that is killed between hold and settle had running is swept once", expectSweptOnce);
      promise(
        "G5: an account host that is killed admits nobody, and comes back with every hold",
        expectHoldsOutliveHost,
      );
    });
  });
}
