import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findModel, models, priceSheet, type Endpoint, type PriceSheet } from "#catalog";
import type { Operation, UsageUnits } from "#kernel";
import {
  holdRequest,
  imageTokens,
  imageTokensLikely,
  imageTokensMost,
  measure,
  mediaUnits,
  type MeasureQuestion,
} from "#metering";

const nowMs = Date.UTC(2026, 10, 25);
const sheetOf = (id: string): PriceSheet => {
  const [endpoint] = findModel(id)?.endpoints ?? [];
  const sheet = endpoint ? priceSheet(endpoint, nowMs, null) : null;
  if (!sheet) throw new Error(`${id} has no price`);
  return sheet;
};
const LIMITS = { contextTokens: null, maxOutputTokens: null } satisfies Partial<Endpoint>;
const NO_INPUT = {
  textBytes: 0,
  messages: 0,
  toolsBytes: 0,
  images: 0,
  audios: 0,
  files: 0,
  searches: 0,
  tokens: 0,
  estimatedTextTokens: null,
};

const hold = (operation: Operation, sheet: PriceSheet, media: UsageUnits) =>
  holdRequest({
    operation,
    endpoint: LIMITS,
    sheet,
    input: NO_INPUT,
    requestedOutput: null,
    choices: 1,
    audioOutput: false,
    imageOutput: false,
    isVisible: false,
    media,
  });
const measured = (operation: Operation, id: string, more: Partial<MeasureQuestion>) =>
  measure({
    operation,
    sheet: sheetOf(id),
    listSheet: null,
    usage: null,
    estimate: {},
    aborted: false,
    partial: false,
    inputMaximum: null,
    outputMaximum: null,
    ...more,
  });

const units = fc.record({
  input: fc.nat(100_000),
  image_in: fc.nat(100_000),
  image_out: fc.nat(100_000),
  audio_in: fc.nat(100_000),
  audio_out: fc.nat(100_000),
  output: fc.nat(100_000),
  images: fc.integer({ min: 1, max: 10 }),
  characters: fc.integer({ min: 1, max: 4_096 }),
  audio_ms: fc.integer({ min: 1, max: 30_000_000 }),
  searches: fc.integer({ min: 1, max: 100 }),
});
const MEDIA = models().flatMap((model) =>
  model.operations
    .filter((operation) => !["chat.completions", "tokens.count", "embeddings"].includes(operation))
    .map((operation) => ({ operation, id: model.endpoints[0]?.id ?? "" })),
);

describe("the hold of what is not text", () => {
  it("covers every usage below its bound, for every such model of the catalogue", () => {
    expect(MEDIA.length).toBeGreaterThan(20);
    fc.assert(
      fc.property(
        units,
        fc.constantFrom(...MEDIA),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (most, model, share) => {
          const sheet = sheetOf(model.id);
          const held = hold(model.operation, sheet, most);
          // A model may lack a price for what it cannot do (sound out of a model of pictures).
          if (!held.ok) return;
          const bound = mediaUnits(most, sheet);
          const used = Object.fromEntries(
            Object.entries(bound).map(([unit, count]) => [unit, Math.floor(count * share)]),
          );
          const cost = measured(model.operation, model.id, { usage: used, mediaMost: most }).cost_nano;
          expect(BigInt(cost)).toBeLessThanOrEqual(held.hold.baseNano);
          expect(held.hold.output).toBeNull();
        },
      ),
    );
  });

  it("counts in what the sheet prices: whole things before tokens", () => {
    const most = { images: 2, input: 10, image_out: 500 };
    expect(mediaUnits(most, sheetOf("google/imagen-4.0-generate-001"))).toEqual({ images: 2 });
    expect(mediaUnits(most, sheetOf("openai/gpt-image-1"))).toEqual({ input: 10, image_out: 500 });
    expect(mediaUnits({ audio_ms: 9, audio_in: 5 }, sheetOf("openai/whisper-1"))).toEqual({ audio_ms: 9 });
  });

  it("G3: what the sheet has no price for is refused, and so is a call without a bound", () => {
    const sheet: PriceSheet = { version: "1", prices: { input: { base: { pico: 1n, per: 1n }, tiers: [] } } };
    expect(hold("images.generations", sheet, { images: 1, input: 5, image_out: 9 })).toEqual({
      ok: false,
      missing: "image_out",
    });
    expect(hold("audio.speech", sheet, { characters: 5 })).toMatchObject({ ok: false });
    expect(hold("audio.speech", { version: "1", prices: {} }, { characters: 5, input: 1 })).toEqual({
      ok: false,
      missing: "input",
    });
  });
});

describe("the tokens of pictures", () => {
  it.each([
    ["1024x1024", "low", 272],
    ["1024x1024", "medium", 1_056],
    ["1024x1024", "high", 4_160],
    ["1024x1536", "high", 6_240],
    ["1536x1024", "medium", 1_568],
  ])("gpt-image-1 at %s, %s is within the bound", (size, quality, tokens) => {
    expect(imageTokens({ size, quality })).toBeGreaterThanOrEqual(tokens);
  });

  it.each([
    ["1024x1024", 7_024],
    ["3584x2048", 12_329],
  ])("gpt-image-2 at %s, high counts as its maker's calculator does", (size, tokens) => {
    expect(imageTokens({ size, quality: "high" })).toBe(tokens);
  });

  it("an estimate is the least that any of these models counts, and never above the bound", () => {
    expect(imageTokensLikely({ size: "1024x1024", quality: "high" })).toBe(4_160);
    expect(imageTokensLikely({ size: "1024x1024", quality: "low" })).toBe(196);
    const sizes = fc.tuple(fc.integer({ min: 16, max: 3_840 }), fc.integer({ min: 16, max: 3_840 }));
    const qualities = fc.constantFrom("low", "medium", "high", "auto", "xhigh", null);
    fc.assert(
      fc.property(sizes, qualities, ([width, height], quality) => {
        const picture = { size: `${width}x${height}`, quality };
        expect(imageTokensLikely(picture)).toBeLessThanOrEqual(imageTokens(picture));
        expect(imageTokensLikely(picture)).toBeGreaterThan(0);
      }),
    );
  });

  it("what the model chooses counts as the dearest, partial pictures and further ones on top", () => {
    const one = { count: 1, size: null, quality: null, partialImages: 0 };
    expect(imageTokens(one)).toBeGreaterThanOrEqual(7_024);
    expect(imageTokens({ size: "auto", quality: "max" })).toBeGreaterThan(
      imageTokens({ size: "auto", quality: "high" }),
    );
    expect(imageTokensMost({ ...one, count: 3 })).toBe(3 * imageTokensMost(one));
    expect(imageTokensMost({ ...one, partialImages: 2 })).toBe(imageTokensMost(one) + 200);
  });
});

describe("what a call cost", () => {
  it("G13: a usage of zeros is one, and free", () => {
    const zeros = measured("images.generations", "openai/gpt-image-1", {
      usage: { input: 0, image_out: 0 },
      estimate: { image_out: 9 },
    });
    expect(zeros).toMatchObject({ kind: "measured", cost_nano: "0" });
  });

  it("a request that was read but made no picture is free; aborted, it is not", () => {
    const usage = { input: 1_000 };
    const free = measured("images.generations", "openai/gpt-image-1", { usage });
    expect(free.cost_nano).toBe("0");
    expect(BigInt(free.upstream_cost_nano)).toBeGreaterThan(0n);
    expect(measured("images.generations", "openai/gpt-image-1", { usage, aborted: true }).cost_nano).not.toBe("0");
  });

  it("silence is a transcript, and charged", () => {
    const usage = { audio_in: 100, output: 0 };
    expect(measured("audio.transcriptions", "openai/gpt-4o-transcribe", { usage }).cost_nano).toBe("600000");
  });

  it("figures several times the bound are not believed: what was held is charged", () => {
    const most = { audio_ms: 10_000, audio_in: 200 };
    const question = { estimate: { audio_ms: 3_000 }, mediaMost: most };
    const believed = measured("audio.transcriptions", "openai/whisper-1", { ...question, usage: { audio_ms: 40_000 } });
    expect(believed).toMatchObject({ kind: "measured", disbelieved: false });
    const held = hold("audio.transcriptions", sheetOf("openai/whisper-1"), most);
    for (const [audioMs, partial] of [
      [40_001, false],
      [40_001, true],
      // Silence compresses to a few bytes a second: twelve days fit in a file.
      [1_000_000_001, false],
    ] as const) {
      const absurd = measured("audio.transcriptions", "openai/whisper-1", {
        ...question,
        usage: { audio_ms: audioMs },
        partial,
      });
      expect(absurd).toMatchObject({
        kind: "estimated",
        disbelieved: true,
        flags: ["over_maximum"],
        units: { audio_ms: 10_000 },
        cost_nano: held.ok ? String(held.hold.baseNano) : "",
        upstream_cost_nano: held.ok ? String(held.hold.baseNano) : "",
      });
    }
    const broken = measured("audio.transcriptions", "openai/whisper-1", { ...question, usage: { audio_ms: -1 } });
    expect(broken).toMatchObject({ disbelieved: true, flags: [], units: { audio_ms: 3_000 } });
  });
});
