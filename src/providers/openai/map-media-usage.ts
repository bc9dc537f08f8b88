import * as z from "zod/mini";
import type { Operation, UsageUnits } from "#kernel";
import type { RawUsage } from "#wire";
import { takeOut } from "../take-out.ts";

const whole = z.number().check(z.refine((value) => Number.isSafeInteger(value) && value >= 0));
const count = z.optional(z.nullable(whole));
const parts = z.optional(z.nullable(z.looseObject({ image_tokens: count, audio_tokens: count, text_tokens: count })));

const tokensSchema = z.looseObject({
  input_tokens: whole,
  output_tokens: whole,
  input_tokens_details: parts,
  /** The spelling of transcripts. */
  input_token_details: parts,
  output_tokens_details: parts,
});
const durationSchema = z.looseObject({ seconds: z.number().check(z.refine((value) => value >= 0)) });
/** What the request or the answer itself says, where no usage is needed. */
const countedSchema = z.looseObject({ characters: count, images: count });

const MS_PER_SECOND = 1_000;

/** Operations whose usage is read here. */
export const countsMedia = (operation: Operation): boolean =>
  operation.startsWith("images.") || operation.startsWith("audio.");

/**
 * Usage of pictures, speech and transcripts as disjoint buckets: tokens with pictures and sound taken out of the input,
 * a duration in milliseconds, or what was counted. Output tokens of a request for pictures are of pictures where nothing
 * says otherwise. Null where it cannot be trusted. Source: OpenAI's API reference.
 */
export function mapMediaUsage(raw: RawUsage, operation: Operation): UsageUnits | null {
  const duration = durationSchema.safeParse(raw);
  if (duration.success) return { audio_ms: Math.ceil(duration.data.seconds * MS_PER_SECOND) };
  const tokens = tokensSchema.safeParse(raw);
  if (tokens.success) return tokenUnits(tokens.data, operation);
  const counted = countedSchema.safeParse(raw);
  const { characters, images } = counted.success ? counted.data : {};
  if (typeof characters === "number") return { characters };
  return typeof images === "number" ? { images } : null;
}

function tokenUnits(usage: z.infer<typeof tokensSchema>, operation: Operation): UsageUnits {
  const details = usage.input_tokens_details ?? usage.input_token_details;
  const input = takeOut("input", usage.input_tokens, [
    ["image_in", details?.image_tokens ?? 0],
    ["audio_in", details?.audio_tokens ?? 0],
  ]);
  const output = usage.output_tokens;
  if (operation.startsWith("images.")) {
    const pictures = usage.output_tokens_details?.image_tokens ?? output;
    return { ...input, ...takeOut("output", output, [["image_out", pictures]]) };
  }
  return { ...input, ...takeOut("output", output, operation === "audio.speech" ? [["audio_out", output]] : []) };
}
