import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PriceSheet } from "#catalog";
import type { UsageUnits } from "#kernel";
import { estimateUnits, measure, type DeliveredOutput, type EstimateQuestion, type MeasureQuestion } from "#metering";

const flat = (pico: bigint) => ({ base: { pico, per: 1_000_000n }, tiers: [] });
/** 1 nano-USD for a token of input, 4 for one of output. */
const sheet: PriceSheet = { version: "t+o1", prices: { input: flat(1_000_000_000n), output: flat(4_000_000_000n) } };
const listSheet: PriceSheet = { version: "t", prices: { input: flat(500_000_000n), output: flat(2_000_000_000n) } };
const NOTHING: DeliveredOutput = { events: 0, textBytes: 0, toolBytes: 0, outputTokens: 0, reasoningTokens: 0 };

const estimate = (more: Partial<EstimateQuestion> = {}): UsageUnits =>
  estimateUnits({
    operation: "chat.completions",
    inputTokens: 100,
    delivered: NOTHING,
    outputMaximum: 1_000,
    aborted: false,
    ...more,
  });
const measured = (more: Partial<MeasureQuestion> = {}) =>
  measure({
    operation: "chat.completions",
    sheet,
    listSheet,
    usage: null,
    estimate: {},
    inputMaximum: null,
    outputMaximum: 1_000,
    aborted: false,
    partial: false,
    ...more,
  });
const outputOf = (units: UsageUnits): number => (units.output ?? 0) + (units.reasoning ?? 0);

const delivered: fc.Arbitrary<DeliveredOutput> = fc.record({
  events: fc.integer({ min: 0, max: 5_000 }),
  textBytes: fc.integer({ min: 1, max: 50_000 }),
  toolBytes: fc.integer({ min: 0, max: 5_000 }),
  outputTokens: fc.integer({ min: 0, max: 20_000 }),
  reasoningTokens: fc.integer({ min: 0, max: 20_000 }),
});

describe("an estimate of a call whose usage never came", () => {
  it("G9: is never 0 when anything was delivered, and never above the bytes nor the output maximum", () => {
    fc.assert(
      fc.property(delivered, fc.option(fc.integer({ min: 1, max: 30_000 }), { nil: null }), (output, outputMaximum) => {
        const units = estimate({ delivered: output, outputMaximum });
        expect(outputOf(units)).toBeGreaterThanOrEqual(1);
        expect(outputOf(units)).toBeLessThanOrEqual(output.textBytes + output.toolBytes);
        if (outputMaximum !== null) expect(outputOf(units)).toBeLessThanOrEqual(outputMaximum);
        expect(units.input).toBe(100);
        expect(BigInt(measured({ estimate: units, outputMaximum }).cost_nano)).toBeGreaterThanOrEqual(104n);
      }),
    );
  });

  it("G9: charges one token for a stream aborted after a single character", () => {
    // A snapshot between two events may know bytes that no event and no token counter has counted yet.
    for (const events of [0, 1]) {
      expect(estimate({ delivered: { ...NOTHING, events, textBytes: 1 } })).toEqual({ input: 100, output: 1 });
    }
  });

  it("counts a token per visible event where that is more than the text counts", () => {
    expect(estimate({ delivered: { ...NOTHING, events: 30, textBytes: 90, outputTokens: 20 } }).output).toBe(30);
    expect(estimate({ delivered: { ...NOTHING, events: 3, textBytes: 90, outputTokens: 20 } }).output).toBe(20);
  });

  it("G12: is capped at what the upstream was allowed to produce", () => {
    const units = estimate({
      delivered: { ...NOTHING, events: 9, textBytes: 90_000, outputTokens: 20_000 },
      outputMaximum: 256,
    });
    expect(units.output).toBe(256);
    expect(measured({ estimate: units, outputMaximum: 256 })).toMatchObject({ kind: "estimated", flags: [] });
  });

  it("keeps the share of reasoning that was shown", () => {
    const units = estimate({
      delivered: { events: 10, textBytes: 4_000, toolBytes: 0, outputTokens: 100, reasoningTokens: 300 },
    });
    expect(units).toEqual({ input: 100, output: 100, reasoning: 300 });
  });

  it("counts tool calls as output", () => {
    expect(estimate({ delivered: { ...NOTHING, events: 2, toolBytes: 40, outputTokens: 9 } }).output).toBe(9);
  });

  it("is empty, and the call free, when nothing was delivered", () => {
    expect(estimate()).toEqual({});
    expect(measured({ estimate: estimate() })).toMatchObject({
      kind: "estimated",
      cost_nano: "0",
      upstream_cost_nano: "0",
    });
  });

  it("G9: charges the input of a call that its caller aborted before any output: an abort is never free", () => {
    for (const operation of ["chat.completions", "embeddings"] as const) {
      const units = estimate({ operation, aborted: true });
      expect(units).toEqual({ input: 100 });
      expect(measured({ operation, estimate: units, aborted: true }).cost_nano).toBe("100");
    }
    expect(measured({ usage: { input: 10, output: 0 }, aborted: true }).cost_nano).toBe("10");
  });

  it("charges an embeddings call its input once its answer was delivered, else nothing", () => {
    expect(estimate({ operation: "embeddings", delivered: { ...NOTHING, events: 1 } })).toEqual({ input: 100 });
    expect(estimate({ operation: "embeddings" })).toEqual({});
  });
});

describe("a measure", () => {
  it("prices the provider's own usage, for the caller by the sheet and for us by the list", () => {
    expect(measured({ usage: { input: 10, output: 5 } })).toEqual({
      kind: "measured",
      units: { input: 10, output: 5 },
      cost_nano: "30",
      upstream_cost_nano: "15",
      flags: [],
      disbelieved: false,
      unpriced: [],
    });
  });

  it("prefers usage to an estimate, and never adds them", () => {
    const both = measured({ usage: { input: 10, output: 5 }, estimate: { input: 999, output: 999 } });
    expect([both.kind, both.cost_nano]).toEqual(["measured", "30"]);
  });

  it("counts an estimate only when it is needed", () => {
    const estimate = (): UsageUnits => ({ input: 7, output: 1 });
    const unwanted = (): UsageUnits => expect.fail("the estimate was counted beside usage");
    expect(measured({ usage: { input: 10, output: 5 }, estimate: unwanted }).cost_nano).toBe("30");
    expect(measured({ estimate }).units).toEqual({ input: 7, output: 1 });
  });

  it("G13: takes zeros for figures: they are measured, and no estimate replaces them", () => {
    const zeros = measured({ usage: { input: 0, output: 0 }, estimate: { input: 100, output: 100 } });
    expect(zeros).toMatchObject({ kind: "measured", cost_nano: "0", units: { input: 0, output: 0 } });
  });

  it("is free to the caller when a chat produced no output, while the upstream cost stays", () => {
    expect(measured({ usage: { input: 10, output: 0 } })).toMatchObject({ cost_nano: "0", upstream_cost_nano: "5" });
    expect(measured({ usage: { input: 10, reasoning: 1 } }).cost_nano).toBe("14");
    expect(measured({ operation: "embeddings", usage: { input: 10 } }).cost_nano).toBe("10");
  });

  it("posts the actual and flags it when a provider overruns the maximum it was given", () => {
    const over = measured({ usage: { input: 10, output: 900, reasoning: 200 } });
    expect(over).toMatchObject({ flags: ["over_maximum"], cost_nano: "4410" });
    expect(measured({ usage: { input: 10, output: 900, reasoning: 100 } }).flags).toEqual([]);
    expect(measured({ usage: { output: 9_999 }, outputMaximum: null }).flags).toEqual([]);
  });

  it("never fails over a unit without a price: the rest is charged and the unit is named", () => {
    expect(measured({ usage: { input: 10, output: 5, searches: 2 } })).toMatchObject({
      cost_nano: "30",
      unpriced: ["searches"],
    });
  });

  it("takes figures that no call can have for none at all, so that a settle never fails over a provider's fault", () => {
    for (const output of [-1, 0.5, Number.NaN, Infinity, 9_007_199_254_740_991]) {
      const odd = measured({ usage: { input: 10, output }, estimate: { input: 100, output: 1 } });
      expect(odd, String(output)).toMatchObject({ kind: "estimated", cost_nano: "104" });
    }
  });

  it("counts our own price as the upstream cost where there is no list price", () => {
    expect(measured({ usage: { input: 10, output: 5 }, listSheet: null }).upstream_cost_nano).toBe("30");
  });

  it("takes more input than the endpoint reads, or several times the output maximum, for no figures, and says so", () => {
    const figures = { estimate: { input: 100, output: 1 }, inputMaximum: 8_192 };
    for (const usage of [
      { input: 8_000, cached_read: 193, output: 5 },
      { input: 10, output: 4_001 },
    ]) {
      expect(measured({ ...figures, usage })).toMatchObject({
        kind: "estimated",
        cost_nano: "104",
        flags: ["over_maximum"],
        disbelieved: true,
      });
    }
    expect(measured({ ...figures, usage: { input: 8_192, output: 4_000 } })).toMatchObject({
      kind: "measured",
      disbelieved: false,
    });
  });
});

describe("a stream that broke off after it had named usage", () => {
  const partial = (usage: UsageUnits, estimated: UsageUnits, more: Partial<MeasureQuestion> = {}) =>
    measured({ partial: true, usage, estimate: estimated, ...more });

  it("G9: is charged what was delivered, though its early figures say less", () => {
    expect(partial({ input: 90, output: 0 }, { input: 100, output: 50 })).toMatchObject({
      kind: "estimated",
      units: { input: 90, output: 50 },
      cost_nano: "290",
    });
  });

  it("is charged what it named where that is more: hidden reasoning is in no estimate", () => {
    expect(partial({ input: 90, output: 2, reasoning: 300 }, { input: 100, output: 50 }).units).toEqual({
      input: 90,
      output: 50,
      reasoning: 300,
    });
  });

  it("counts input once, however the provider splits it, and takes the estimate where it named none", () => {
    expect(partial({ input: 5, cached_read: 95, output: 1 }, { input: 110, output: 1 }).units).toEqual({
      input: 5,
      cached_read: 95,
      output: 1,
    });
    expect(partial({ output: 1 }, { input: 110, output: 1 }).units).toEqual({ input: 110, output: 1 });
  });

  it("counts reasoning once where the provider has it in its output", () => {
    const units = partial({ input: 9, output: 100 }, { input: 9, output: 60, reasoning: 40 }).units;
    expect(units).toEqual({ input: 9, output: 100 });
  });

  it("G12: stays within the output maximum unless the provider itself counted more", () => {
    expect(outputOf(partial({ input: 9, output: 1, reasoning: 900 }, { input: 9, output: 200 }).units)).toBe(1_000);
    expect(outputOf(partial({ input: 9, output: 1_100 }, { input: 9, output: 20 }).units)).toBe(1_100);
  });
});
