import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  correctedReceipt,
  encodeFlush,
  isPoison,
  LEDGER_SQLSTATES,
  MAX_FLUSH_ROWS,
  spendableNano,
  unbalancedTransactions,
  withWaitingCorrections,
} from "#ledger";
import { makeCorrection, makeEnd, makeReceipt, testId } from "../../support/receipts.ts";

const orgId = testId("organization");

describe("encodeFlush", () => {
  test("keeps receipts and corrections in order", () => {
    const [first, second] = [makeReceipt(orgId), makeReceipt(orgId)];
    const correction = makeCorrection(first);
    const items = [
      { type: "receipt", receipt: first },
      { type: "correction", correction },
      { type: "receipt", receipt: second },
    ] as const;
    expect(encodeFlush("fls_1", orgId, items)).toEqual({
      flush_id: "fls_1",
      org_id: orgId,
      receipts: [first, second],
      corrections: [correction],
    });
  });

  test("refuses nothing, too much, and rows of another organization", () => {
    const item = { type: "receipt", receipt: makeReceipt(orgId) } as const;
    expect(() => encodeFlush("fls_1", orgId, [])).toThrow(RangeError);
    expect(() =>
      encodeFlush(
        "fls_1",
        orgId,
        Array.from({ length: MAX_FLUSH_ROWS + 1 }, () => item),
      ),
    ).toThrow(RangeError);
    expect(() => encodeFlush("fls_1", testId("organization"), [item])).toThrow(RangeError);
  });
});

test("a receipt with several corrections shows the latest figures and the sum charged", () => {
  const receipt = makeReceipt(orgId, { cost_nano: "100", upstream_cost_nano: "10" });
  const first = makeCorrection(receipt, { cost_delta_nano: "50", upstream_cost_delta_nano: "5" });
  const last = makeCorrection(receipt, {
    cost_delta_nano: "-20",
    upstream_cost_delta_nano: "-2",
    end: makeEnd({ outcome: "aborted" }),
  });
  expect(correctedReceipt(receipt, [first, last])).toMatchObject({
    cost_nano: "130",
    upstream_cost_nano: "13",
    outcome: "aborted",
  });
  expect(correctedReceipt(receipt, [])).toBe(receipt);
});

test("a recorded receipt takes the corrections that still wait, and counts none twice that was recorded meanwhile", () => {
  const receipt = makeReceipt(orgId, { cost_nano: "100", upstream_cost_nano: "10" });
  const waiting = makeCorrection(receipt, {
    cost_delta_nano: "30",
    upstream_cost_delta_nano: "3",
    end: makeEnd({ outcome: "aborted" }),
  });
  expect(withWaitingCorrections({ receipt, corrections: [] }, [waiting])).toMatchObject({
    receipt: { cost_nano: "130", upstream_cost_nano: "13", outcome: "aborted" },
    posted: false,
  });
  const recorded = { receipt: correctedReceipt(receipt, [waiting]), corrections: [waiting] };
  expect(withWaitingCorrections(recorded, [waiting])).toEqual({ receipt: recorded.receipt, posted: true });
});

test("every SQLSTATE of our own is definitive; states of load, races and deployment are not", () => {
  expect(Object.keys(LEDGER_SQLSTATES).filter((code) => !isPoison(code))).toEqual([]);
  expect(
    ["40001", "40P01", "53300", "57014", "57P01", "08006", "42883", "42501", "25P02", "", "2", "222222"].filter(
      isPoison,
    ),
  ).toEqual([]);
});

test("a wallet's sum turned around is what may be spent", () => {
  expect(spendableNano(-25n)).toBe(25n);
  expect(spendableNano(3n)).toBe(-3n);
});

test("unbalanced transactions are found per asset, whatever the order of entries", () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: -1_000n, max: 1_000n }), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (legs, spoil) => {
        const closing = 0n - legs.reduce((sum, leg) => sum + leg, 0n);
        const entries = [...legs, closing + (spoil ? 1n : 0n)].map((amountNano) => ({
          transactionId: "t",
          asset: "USD",
          amountNano,
        }));
        const fine = [5n, -5n].map((amountNano) => ({ transactionId: "fine", asset: "USD", amountNano }));
        expect(unbalancedTransactions([...fine, ...entries.toReversed()])).toEqual(spoil ? ["t"] : []);
      },
    ),
  );
  const twoAssets = [
    { transactionId: "t", asset: "USD", amountNano: 5n },
    { transactionId: "t", asset: "EUR", amountNano: -5n },
  ];
  expect(unbalancedTransactions(twoAssets)).toEqual(["t"]);
});
