import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findModel, models, priceSheet, type Endpoint, type PriceSheet } from "#catalog";
import { costNano } from "#kernel";
import {
  boundInputTokens,
  estimateInputTokens,
  holdRequest,
  priceUnits,
  type HoldQuestion,
  type InputSize,
} from "#metering";
import type { HoldRequest } from "../../../src/admission/types.ts";

const nowMs = Date.UTC(2026, 10, 22);
const EMPTY: InputSize = {
  textBytes: 0,
  messages: 1,
  toolsBytes: 0,
  images: 0,
  audios: 0,
  files: 0,
  tokens: 0,
  estimatedTextTokens: null,
  searches: 0,
};
const chats = models()
  .filter((model) => model.operations.includes("chat.completions"))
  .flatMap((model) => model.endpoints);

const endpointOf = (id: string): Endpoint => {
  const [endpoint] = findModel(id)?.endpoints ?? [];
  if (!endpoint) throw new Error(`no endpoint ${id}`);
  return endpoint;
};
const sheetOf = (endpoint: Endpoint): PriceSheet => {
  const sheet = priceSheet(endpoint, nowMs, null);
  if (!sheet) throw new Error(`${endpoint.id} has no price`);
  return sheet;
};
const flatPrice = { base: { pico: 1n, per: 1n }, tiers: [] };
const question = (id: string, more: Partial<HoldQuestion> = {}): HoldQuestion => ({
  operation: "chat.completions",
  endpoint: endpointOf(id),
  sheet: sheetOf(endpointOf(id)),
  input: EMPTY,
  requestedOutput: null,
  choices: 1,
  audioOutput: false,
  imageOutput: false,
  isVisible: false,
  ...more,
});
const hold = (asked: HoldQuestion) => {
  const answer = holdRequest(asked);
  if (!answer.ok) throw new Error(`${answer.missing} is not priced`);
  return answer.hold;
};

const sizes: fc.Arbitrary<InputSize> = fc.record({
  textBytes: fc.integer({ min: 0, max: 1_500_000 }),
  messages: fc.integer({ min: 1, max: 200 }),
  toolsBytes: fc.integer({ min: 0, max: 50_000 }),
  images: fc.integer({ min: 0, max: 10 }),
  audios: fc.constant(0),
  files: fc.integer({ min: 0, max: 1 }),
  tokens: fc.constant(0),
  searches: fc.constant(0),
  estimatedTextTokens: fc.option(fc.integer({ min: 0, max: 3_000_000 }), { nil: null }),
});

describe("the bound of the input", () => {
  const limits = { contextTokens: 100_000, imageTokensMax: 1_000 };

  it("counts a token for every byte of text and tools, and a frame around messages", () => {
    const size = { ...EMPTY, textBytes: 1_000, toolsBytes: 200 };
    const bound = boundInputTokens("chat.completions", size, limits);
    expect(bound).toBeGreaterThanOrEqual(1_200);
    expect(boundInputTokens("chat.completions", { ...size, messages: 2 }, limits)).toBeGreaterThan(bound);
  });

  it("counts an image at the model's maximum, or at the worst of any model where that is unknown", () => {
    const bound = (images: number, max?: number) =>
      boundInputTokens("chat.completions", { ...EMPTY, images }, { contextTokens: null, imageTokensMax: max });
    expect(bound(3, 1_000) - bound(0, 1_000)).toBe(3_000);
    expect(bound(1) - bound(0)).toBeGreaterThanOrEqual(48_169);
  });

  it("counts sound and files as one whole context window, however many they are", () => {
    const bound = (files: number, audios: number) =>
      boundInputTokens("chat.completions", { ...EMPTY, files, audios }, limits);
    expect(bound(1, 0) - bound(0, 0)).toBe(100_000);
    expect(bound(3, 2)).toBe(bound(1, 0));
  });

  it("is exact for embeddings that came as tokens", () => {
    expect(boundInputTokens("embeddings", { ...EMPTY, messages: 0, tokens: 77 }, limits)).toBe(77);
  });

  it("is never below the estimate", () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom("chat.completions" as const, "embeddings" as const), (size, operation) => {
        expect(estimateInputTokens(operation, size, limits)).toBeLessThanOrEqual(
          boundInputTokens(operation, size, limits),
        );
      }),
    );
  });
});

describe("the hold", () => {
  it("has the shape that admission takes", () => {
    const taken: HoldRequest = hold(question("openai/gpt-4o"));
    expect(taken.output?.choices).toBe(1);
  });

  it("is never below what any usage within its bounds costs, however the input is split into cached, written and plain", () => {
    const split = fc.record({
      one: fc.nat(),
      two: fc.nat(),
      three: fc.nat(),
      reasoning: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...chats),
        sizes,
        split,
        fc.integer({ min: 16, max: 4_000 }),
        (endpoint, input, parts, output) => {
          const sheet = sheetOf(endpoint);
          const held = hold({
            operation: "chat.completions",
            endpoint,
            sheet,
            input,
            requestedOutput: output,
            choices: 1,
            audioOutput: false,
            imageOutput: false,
            isVisible: false,
          });
          const total = held.inputTokens;
          const written = parts.one % (total + 1);
          const cached = parts.two % (total - written + 1);
          const reasoning = Math.floor(output * parts.reasoning);
          const units = {
            input: total - written - cached,
            cached_read: cached,
            cache_write_5m: written,
            output: output - reasoning,
            reasoning,
          };
          const priced = priceUnits(units, sheet);
          const most = held.output
            ? held.baseNano + costNano([{ units: BigInt(output), price: held.output.price }])
            : held.baseNano;
          expect(priced.ok && priced.costNano <= most, endpoint.id).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("asks for the model's maximum when the caller names none, and for the caller's figure otherwise", () => {
    expect(hold(question("openai/gpt-4o")).output).toMatchObject({ requested: null, maximum: 16_384, minimum: 16 });
    expect(hold(question("openai/gpt-4o", { requestedOutput: 50, choices: 3 })).output).toMatchObject({
      requested: 50,
      maximum: 16_384,
      choices: 3,
    });
  });

  it("asks for no more than the context window leaves, where the caller named none: the upstream would refuse it", () => {
    const input = { ...EMPTY, textBytes: 2_000 };
    const { output, inputTokens } = hold(question("openai/gpt-4", { input }));
    expect(output?.maximum).toBe(8_192 - inputTokens);
    const full = hold(question("openai/gpt-4", { input: { ...EMPTY, textBytes: 20_000, estimatedTextTokens: 5_000 } }));
    expect(full.output?.maximum).toBe(Math.floor((8_192 - Math.ceil((5_004 * 5) / 4)) / 2));
    const over = hold(question("openai/gpt-4", { input: { ...EMPTY, textBytes: 900_000 } }));
    expect(over.output?.maximum).toBe(16);
  });

  it("knows no more than a cautious maximum where the model's is unknown", () => {
    expect(hold(question("xai/grok-4.5")).output?.maximum).toBe(32_768);
    expect(hold(question("xai/grok-4.5", { requestedOutput: 100_000 })).output?.maximum).toBe(500_000);
  });

  it("takes the dearest output price that the call can have: sound where it was asked for", () => {
    const text = hold(question("openai/gpt-audio")).output?.price.pico;
    const sound = hold(question("openai/gpt-audio", { audioOutput: true })).output?.price.pico;
    expect([text, sound]).toEqual([10_000_000_000_000n, 64_000_000_000_000n]);
  });

  it("takes the long-context price as soon as the bound can reach it", () => {
    const short = hold(question("openai/gpt-6-astra", { input: { ...EMPTY, textBytes: 271_000 } }));
    const long = hold(question("openai/gpt-6-astra", { input: { ...EMPTY, textBytes: 272_000 } }));
    expect([short.output?.price.pico, long.output?.price.pico]).toEqual([50_000_000_000_000n, 75_000_000_000_000n]);
  });

  it("has no output for embeddings", () => {
    const asked = question("openai/text-embedding-3-small", {
      operation: "embeddings",
      input: { ...EMPTY, textBytes: 1_000 },
    });
    expect(hold(asked)).toMatchObject({ output: null, inputTokens: 1_016, baseNano: 20_320n });
  });

  it("G3: is refused, with the unit named, where the sheet has no price for it", () => {
    const sheet: PriceSheet = { version: "t", prices: { input: { base: { pico: 1n, per: 1n }, tiers: [] } } };
    expect(holdRequest(question("openai/gpt-4o", { sheet }))).toEqual({ ok: false, missing: "output" });
    expect(holdRequest(question("openai/gpt-4o", { sheet: { version: "t", prices: {} } }))).toEqual({
      ok: false,
      missing: "input",
    });
  });

  it("holds a slice of output at first only where all of it is seen", () => {
    const visible = (more: Partial<HoldQuestion> = {}) => question("openai/gpt-4o", { isVisible: true, ...more });
    expect(hold(visible()).output).toMatchObject({ slice: 1_024, maximum: 16_384 });
    expect(hold(question("openai/gpt-4o")).output?.slice).toBeNull();
    expect(hold(visible({ input: { ...EMPTY, searches: 1 } })).output?.slice).toBeNull();
    const sheet: PriceSheet = {
      version: "t",
      prices: { ...sheetOf(endpointOf("openai/gpt-4o")).prices, audio_out: flatPrice, image_out: flatPrice },
    };
    expect(hold(visible({ sheet, audioOutput: true })).output?.slice).toBeNull();
    expect(hold(visible({ sheet, imageOutput: true })).output?.slice).toBeNull();
  });

  it("is zero for the sandbox, whose price is an explicit zero", () => {
    const held = hold(question("sandbox/echo", { input: { ...EMPTY, textBytes: 5_000 } }));
    expect([held.baseNano, held.output?.price.pico]).toEqual([0n, 0n]);
  });
});
