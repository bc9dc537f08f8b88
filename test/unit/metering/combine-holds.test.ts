import { describe, expect, it } from "vitest";
import type { PriceSheet } from "#catalog";
import { combineHolds, holdRequest, type HoldQuestion, type MeteredHold } from "#metering";

const NANO = 1_000n;
/** So many nano-USD for one unit. */
const flat = (nano: bigint) => ({ base: { pico: nano * NANO, per: 1n }, tiers: [] });

const question = (prices: PriceSheet["prices"], more: Partial<HoldQuestion> = {}): HoldQuestion => ({
  operation: "chat.completions",
  endpoint: { contextTokens: 10_000, maxOutputTokens: 1_000 },
  sheet: { version: "t", prices },
  input: {
    textBytes: 100,
    messages: 1,
    toolsBytes: 0,
    images: 0,
    audios: 0,
    files: 0,
    tokens: 0,
    estimatedTextTokens: null,
    searches: 0,
  },
  requestedOutput: null,
  choices: 1,
  audioOutput: false,
  imageOutput: false,
  isVisible: false,
  ...more,
});

function hold(prices: PriceSheet["prices"], more: Partial<HoldQuestion> = {}): MeteredHold {
  const answer = holdRequest(question(prices, more));
  return answer.ok ? answer.hold : expect.fail(`${answer.missing} is not priced`);
}

describe("the hold of a call that several endpoints may answer", () => {
  const dearInput = hold({ input: flat(9n), output: flat(2n) });
  const dearOutput = hold({ input: flat(1n), output: flat(7n) });

  it("is the dearest of them in each part, in whatever order they stand", () => {
    for (const holds of [
      [dearInput, dearOutput],
      [dearOutput, dearInput],
    ]) {
      const combined = combineHolds(holds);
      expect(combined.baseNano).toBe(dearInput.baseNano);
      expect(combined.output?.price).toEqual(dearOutput.output?.price);
    }
  });

  it("grants the most output of any of them, and holds output where one of them meters it", () => {
    const short = hold(
      { input: flat(1n), output: flat(1n) },
      { endpoint: { contextTokens: 10_000, maxOutputTokens: 50 } },
    );
    expect(combineHolds([short, dearOutput]).output?.maximum).toBe(1_000);
    const without = { ...dearInput, output: null };
    expect(combineHolds([without, dearOutput]).output).toEqual(dearOutput.output);
    expect(combineHolds([dearOutput, without]).output).toEqual(dearOutput.output);
  });

  it("holds all output at once where one of them may hide some, else the largest first slice", () => {
    const withSlice = (slice: number | null): MeteredHold => ({
      ...dearOutput,
      output: dearOutput.output && { ...dearOutput.output, slice },
    });
    const slices = (...each: readonly (number | null)[]) => combineHolds(each.map(withSlice)).output?.slice;
    expect(slices(1_024, 2_048, 512)).toBe(2_048);
    expect(slices(1_024, null, 512)).toBeNull();
    expect(slices(null, 1_024)).toBeNull();
  });
});

describe("searches that a provider runs for a call", () => {
  const prices = { input: flat(1n), output: flat(1n), searches: flat(10_000_000n) };
  const searching = (searches: number): Partial<HoldQuestion> => ({ input: { ...question(prices).input, searches } });

  it("are held, each at its price", () => {
    const difference = hold(prices, searching(5)).baseNano - hold(prices, searching(4)).baseNano;
    expect(difference).toBeGreaterThanOrEqual(10_000_000n);
  });

  it("G3: are refused where they have no price", () => {
    const { searches: _, ...unpriced } = prices;
    expect(holdRequest(question(unpriced, searching(1)))).toEqual({ ok: false, missing: "searches" });
  });
});
