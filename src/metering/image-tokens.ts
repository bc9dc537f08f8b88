/** What of a request for pictures decides how many tokens they take. */
export interface ImageOutput {
  readonly count: number;
  /** `WIDTHxHEIGHT`; `auto` and null: the model chooses. */
  readonly size: string | null;
  readonly quality: string | null;
  readonly partialImages: number;
}

interface Quality {
  /** Tokens of the longer side, in the calculator of gpt-image-2. */
  readonly side: number;
  /** What the table of gpt-image-1 and 1.5 has for a square picture, and the most that it has for any. */
  readonly square: number;
  readonly table: number;
}

const MEDIUM: Quality = { side: 48, square: 1_056, table: 1_584 };
const HIGH: Quality = { side: 96, square: 4_160, table: 6_240 };
/**
 * Sources: OpenAI's image generation guide (table of gpt-image-1 by size and quality; 100 tokens for each partial image)
 * and the calculator on its page for gpt-image-2. What is `auto` may become `high`; what is above that is not published.
 */
const QUALITIES: ReadonlyMap<string, Quality> = new Map([
  ["low", { side: 16, square: 272, table: 408 }],
  ["medium", MEDIUM],
  ["high", HIGH],
  ["auto", HIGH],
  ["standard", HIGH],
]);
const UNPUBLISHED: Quality = { side: 192, square: 16_640, table: 24_960 };

const PARTIAL_IMAGE_TOKENS = 100;
/** Some models also write: a plan of the picture, billed as text. */
const PLAN_TOKENS = 2_048;
/** The dearest of the sizes that a model chooses by itself. */
const SIDE_DEFAULT = 1_024;
const AREA_OFFSET = 2_000_000;
const AREA_UNIT = 4_000_000;

/** The most output tokens of pictures that a model of OpenAI's counts in tokens. */
export function imageTokensMost(output: ImageOutput): number {
  const each = imageTokens(output) + PLAN_TOKENS + output.partialImages * PARTIAL_IMAGE_TOKENS;
  return output.count * each;
}

/** The most that one such picture counts, by its size and quality, at any of these models. */
export function imageTokens({ size, quality }: Pick<ImageOutput, "size" | "quality">): number {
  const known = QUALITIES.get(quality ?? "auto") ?? UNPUBLISHED;
  return Math.max(known.table, calculated(size, known));
}

/** What one most likely counted, where its usage never came: the least of what these models count for it, and `medium` where the model chose. */
export function imageTokensLikely({ size, quality }: Pick<ImageOutput, "size" | "quality">): number {
  const known = quality === null || quality === "auto" ? MEDIUM : (QUALITIES.get(quality) ?? HIGH);
  return Math.min(known.square, calculated(size, known));
}

function calculated(size: string | null, { side }: Quality): number {
  const [, width = SIDE_DEFAULT, height = SIDE_DEFAULT] = (/^(\d+)x(\d+)$/.exec(size ?? "") ?? []).map(Number);
  const longer = Math.max(width, height);
  const shorter = Math.min(width, height);
  const across = Math.max(1, Math.round((side * shorter) / longer));
  return Math.ceil((side * across * (AREA_OFFSET + width * height)) / AREA_UNIT);
}
