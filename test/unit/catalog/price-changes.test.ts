import { describe, expect, it } from "vitest";
import { priceChanges } from "../../../dev/catalog/price-changes.ts";
import type { EncodedModel } from "../../../src/catalog/encoded.ts";

const model = (upstream: string, units: EncodedModel["prices"][number]["units"], from?: string): EncodedModel => ({
  provider: "openai",
  upstream,
  traits: 0,
  prices: [from === undefined ? { units } : { from, units }],
});

describe("price changes", () => {
  it("are none between equal catalogues", () => {
    const same = { models: [model("a", { input: "1" })] };
    expect(priceChanges(same, structuredClone(same))).toEqual([]);
  });

  it("name models that came and went and prices from and to", () => {
    const before = { models: [model("gone", { input: "1" }), model("kept", { input: "1", output: "2" })] };
    const after = { models: [model("kept", { input: "3", cached_read: "1" }), model("new", { input: "1" })] };
    expect(priceChanges(before, after)).toEqual([
      "removed  openai/gone",
      "changed  openai/kept  input: 1 -> 3",
      "changed  openai/kept  output: 2 -> none",
      "changed  openai/kept  cached_read: none -> 1",
      "added    openai/new  input=1",
    ]);
  });

  it("tell a new dated price from a change of the old one", () => {
    const old = model("a", { input: "1" });
    const dated = { ...old, prices: [...old.prices, { from: "2026-12-01T00:00:00.000Z", units: { input: "2" } }] };
    expect(priceChanges({ models: [old] }, { models: [dated] })).toEqual([
      "changed  openai/a  input from 2026-12-01T00:00:00.000Z: none -> 2",
    ]);
  });
});
