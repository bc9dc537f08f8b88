import { describe, expect, it } from "vitest";
import { partitionsOf, planFaults } from "../../bench/usage/check-plan.ts";

const OCTOBER = { fromMs: Date.UTC(2026, 9, 1), toMs: Date.UTC(2026, 10, 1) };
const ORGANIZATION_INDEX = "usage_receipt_2026_10_org_id_occurred_at_idx";

const byIndex = (relation: string, index: string) => ({
  "Node Type": "Bitmap Heap Scan",
  "Relation Name": relation,
  Plans: [{ "Node Type": "Bitmap Index Scan", "Index Name": index }],
});
const plan = (...parts: Parameters<typeof planFaults>[0][]) => ({ "Node Type": "Append", Plans: parts });

describe("a plan of the usage bench", () => {
  it("is right where it reads its month alone, by the organization's index", () => {
    const right = plan(
      byIndex("usage_receipt_2026_10", ORGANIZATION_INDEX),
      {
        "Node Type": "Index Scan",
        "Relation Name": "receipt_correction",
        "Index Name": "receipt_correction_org_receipt",
      },
      { "Node Type": "Seq Scan", "Relation Name": "api_key" },
    );
    expect(planFaults(right, OCTOBER)).toEqual([]);
    expect([...partitionsOf(right)]).toEqual(["usage_receipt_2026_10"]);
  });

  it.each(["usage_receipt_2026_09", "usage_receipt_2026_11", "usage_receipt_default"])(
    "is wrong with %s in it",
    (name) => {
      const wrong = plan(byIndex(name, `${name}_org_id_occurred_at_idx`));
      expect(planFaults(wrong, OCTOBER)).toEqual([`${name} is looked at`]);
    },
  );

  it.each([
    [{ "Node Type": "Seq Scan", "Relation Name": "usage_receipt_2026_10" }],
    [{ "Node Type": "Seq Scan", "Relation Name": "receipt_correction" }],
    [byIndex("usage_receipt_2026_10", "usage_receipt_2026_10_pkey")],
  ])("is wrong where it reads everybody's: %j", (part) => {
    expect(planFaults(plan(part), OCTOBER)).toEqual([expect.stringContaining("not by the organization's index")]);
  });
});
