import { expect, it } from "vitest";
import { findModel, priceSheet } from "#catalog";
import { holdRequest, measure } from "#metering";

const AT_MS = Date.UTC(2026, 10, 25);
/** $3 and $15 a million tokens, and $14 for a thousand calls: every call searches. */
const [endpoint = expect.fail("the catalogue lost a model with a fee for each call")] =
  findModel("perplexity/sonar-pro")?.endpoints ?? [];
const sheet = priceSheet(endpoint, AT_MS, null) ?? expect.fail("an endpoint without a price");
const FEE_NANO = 14_000_000n;

const measured = (usage: { input: number; output: number }) =>
  measure({
    operation: "chat.completions",
    sheet,
    listSheet: null,
    usage,
    estimate: {},
    aborted: false,
    partial: false,
    inputMaximum: null,
    outputMaximum: null,
  });

it("a provider's fee for each call is charged once for a call, though its usage does not name it", () => {
  const { units, cost_nano, unpriced } = measured({ input: 1_000, output: 100 });
  expect(units).toEqual({ input: 1_000, output: 100, calls: 1 });
  expect(cost_nano).toBe(String(3_000_000n + 1_500_000n + FEE_NANO));
  expect(unpriced).toEqual([]);
});

it("a call that used nothing pays no fee", () => {
  expect(measured({ input: 0, output: 0 })).toMatchObject({ units: { input: 0, output: 0 }, cost_nano: "0" });
});

it("a hold covers the fee", () => {
  const question = {
    operation: "chat.completions" as const,
    endpoint,
    requestedOutput: 100,
    choices: 1,
    audioOutput: false,
    imageOutput: false,
    isVisible: false,
    input: {
      textBytes: 1_000,
      messages: 1,
      toolsBytes: 0,
      images: 0,
      audios: 0,
      files: 0,
      searches: 0,
      tokens: 0,
      estimatedTextTokens: null,
    },
  };
  const { calls, ...withoutFee } = sheet.prices;
  const held = holdRequest({ ...question, sheet });
  const heldWithoutFee = holdRequest({ ...question, sheet: { ...sheet, prices: withoutFee } });
  expect(calls).toBeDefined();
  expect(held.ok && heldWithoutFee.ok && held.hold.baseNano - heldWithoutFee.hold.baseNano).toBe(FEE_NANO);
});
