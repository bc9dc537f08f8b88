import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UsageUnits } from "#kernel";
import { mapUsage } from "../../../src/providers/openai-compatible/map-usage.ts";

const chat = (usage: Record<string, unknown>): UsageUnits | null => mapUsage(usage, "chat.completions");
const sum = (units: UsageUnits): number => Object.values(units).reduce((total, count) => total + count, 0);

describe("usage as disjoint buckets", () => {
  it("takes cached and audio out of the prompt, reasoning and audio out of the completion", () => {
    expect(
      chat({
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 60, audio_tokens: 10, cache_write_tokens: 5 },
        completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 4, accepted_prediction_tokens: 3 },
      }),
    ).toEqual({ input: 25, cached_read: 60, cache_write_5m: 5, audio_in: 10, output: 16, reasoning: 30, audio_out: 4 });
  });

  it("G13: explicit zeros are usage", () => {
    expect(chat({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })).toEqual({ input: 0, output: 0 });
  });

  it("reads the recorded shapes of OpenAI, Groq, Mistral and DeepSeek", () => {
    expect(
      chat({ prompt_tokens: 16, completion_tokens: 300, prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 } }),
    ).toEqual({ input: 16, output: 300 });
    expect(
      chat({ queue_time: 0.04, prompt_tokens: 45, prompt_time: 0.003, completion_tokens: 662, total_tokens: 707 }),
    ).toEqual({ input: 45, output: 662 });
    expect(
      chat({
        prompt_tokens: 171,
        total_tokens: 185,
        completion_tokens: 14,
        prompt_tokens_details: { cached_tokens: 128 },
      }),
    ).toEqual({ input: 43, cached_read: 128, output: 14 });
    expect(chat({ prompt_tokens: 10, completion_tokens: 1, num_cached_tokens: 4 })).toEqual({
      input: 6,
      cached_read: 4,
      output: 1,
    });
    expect(
      chat({ prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 }),
    ).toEqual({ input: 2, cached_read: 8, output: 1 });
  });

  it("does not take reasoning out of a completion that the total says it was counted beside (xAI)", () => {
    const usage = { prompt_tokens: 32, completion_tokens: 9, completion_tokens_details: { reasoning_tokens: 200 } };
    expect(chat({ ...usage, total_tokens: 241 })).toEqual({ input: 32, output: 9, reasoning: 200 });
    expect(chat({ ...usage, completion_tokens: 209, total_tokens: 241 })).toEqual({
      input: 32,
      output: 9,
      reasoning: 200,
    });
  });

  it("clamps parts that exceed their whole and is never negative", () => {
    expect(
      chat({
        prompt_tokens: 5,
        completion_tokens: 3,
        prompt_tokens_details: { cached_tokens: 9, audio_tokens: 9 },
        completion_tokens_details: { reasoning_tokens: 7 },
      }),
    ).toEqual({
      input: 0,
      cached_read: 5,
      output: 0,
      reasoning: 3,
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ["nothing", {}],
    ["no prompt", { completion_tokens: 1 }],
    ["no completion and no total", { prompt_tokens: 1 }],
    ["a fraction", { prompt_tokens: 1.5, completion_tokens: 1 }],
    ["a negative", { prompt_tokens: 1, completion_tokens: -1 }],
    ["a text", { prompt_tokens: "1", completion_tokens: 1 }],
    ["beyond whole numbers", { prompt_tokens: 2 ** 53, completion_tokens: 1 }],
    [
      "a fraction in the details",
      { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 0.5 } },
    ],
  ])("refuses %s rather than guess", (_, usage) => expect(chat(usage)).toBeNull());

  it("accepts nulls, members it does not know, and a completion that only the total tells", () => {
    expect(
      chat({ prompt_tokens: 4, completion_tokens: null, total_tokens: 9, prompt_tokens_details: null, new: { x: 1 } }),
    ).toEqual({ input: 4, output: 5 });
    expect(mapUsage({ prompt_tokens: 12, total_tokens: 12 }, "embeddings")).toEqual({ input: 12 });
  });

  it("buckets always add up to prompt and completion, for any numbers", () => {
    const count = fc.nat(1_000_000);
    fc.assert(
      fc.property(count, count, count, count, count, count, (prompt, completion, cached, audio, reasoning, spoken) => {
        const units = chat({
          prompt_tokens: prompt,
          completion_tokens: completion,
          total_tokens: prompt + completion,
          prompt_tokens_details: { cached_tokens: cached, audio_tokens: audio },
          completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: spoken },
        });
        expect(units && sum(units)).toBe(prompt + completion);
        expect(Object.values(units ?? {}).every((value) => value >= 0)).toBe(true);
      }),
    );
  });
});
