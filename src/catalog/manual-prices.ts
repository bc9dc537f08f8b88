import type { UsageUnit } from "#kernel";

/**
 * Prices that the package lacks. Each names where it was read and when; amounts are decimal text in USD per so many units,
 * so that no figure passes through a float. `npm run catalog` merges them into the generated catalogue, after the
 * package's own entries of the same endpoint.
 */
export interface ManualPrice {
  /** `<provider>/<upstream model>`. */
  readonly endpoint: string;
  /** ISO-8601 instant from which the prices hold; null: always. */
  readonly from: string | null;
  /** By usage unit: decimal USD, and for how many units. */
  readonly usd: Readonly<Partial<Record<UsageUnit, readonly [usd: string, per: number]>>>;
  readonly source: PriceSource;
}

/** A unit that joins the package's own entries of every endpoint that the pattern matches and that lacks it. */
export interface AddedPrice {
  readonly provider: string;
  readonly upstream: RegExp;
  readonly unit: UsageUnit;
  /** Decimal USD and for how many units, or so many times the entry's own price for input, tiers included. */
  readonly price: readonly [usd: string, per: number] | { readonly timesInput: bigint };
  readonly source: PriceSource;
}

interface PriceSource {
  readonly url: string;
  readonly checked: string;
}

const MILLION = 1_000_000;
const THOUSAND = 1_000;

const source = (url: string, checked = "2026-11-25"): PriceSource => ({ url, checked });
const always = (endpoint: string, usd: ManualPrice["usd"], from: PriceSource): ManualPrice => ({
  endpoint,
  from: null,
  usd,
  source: from,
});

/** The gateway's own provider is free, and says so by an explicit zero: a missing price would be refused. */
const SANDBOX = source("https://prismaticapi.com/docs/sandbox", "2026-11-22");
const WORKERS_AI = source("https://developers.cloudflare.com/workers-ai/platform/pricing/");
const OMNI_MODERATION = source("https://developers.openai.com/api/docs/models/omni-moderation-latest");
/** Cohere's own page has named no price per search since 2026-10: these are what others read there before. */
const COHERE_RERANK = source("https://developer.puter.com/tutorials/cohere-api-pricing/");
const IMAGEN = source("https://ai.google.dev/gemini-api/docs/pricing");

export const MANUAL_PRICES: readonly ManualPrice[] = [
  always("sandbox/echo", { input: ["0", MILLION], output: ["0", MILLION] }, SANDBOX),
  always("sandbox/lorem", { input: ["0", MILLION], output: ["0", MILLION] }, SANDBOX),
  always("sandbox/embed", { input: ["0", MILLION] }, SANDBOX),
  always("openai/omni-moderation-latest", { input: ["0", MILLION] }, OMNI_MODERATION),
  always("openai/omni-moderation-2024-09-26", { input: ["0", MILLION] }, OMNI_MODERATION),
  always(
    "openai/tts-1",
    { characters: ["15", MILLION] },
    source("https://developers.openai.com/api/docs/models/tts-1"),
  ),
  always(
    "openai/tts-1-hd",
    { characters: ["30", MILLION] },
    source("https://developers.openai.com/api/docs/models/tts-1-hd"),
  ),
  always("google/imagen-4.0-fast-generate-001", { images: ["0.02", 1] }, IMAGEN),
  always("google/imagen-4.0-generate-001", { images: ["0.04", 1] }, IMAGEN),
  always("google/imagen-4.0-ultra-generate-001", { images: ["0.06", 1] }, IMAGEN),
  always("cohere/rerank-v3.5", { searches: ["2", THOUSAND] }, COHERE_RERANK),
  always("cohere/rerank-v4.0-fast", { searches: ["2", THOUSAND] }, COHERE_RERANK),
  always("cohere/rerank-v4.0-pro", { searches: ["2.5", THOUSAND] }, COHERE_RERANK),
  // $0.0000528 a tile of 512 x 512 and $0.0001056 a step: four tiles and the eight steps that it does at most.
  always("workers-ai/@cf/black-forest-labs/flux-1-schnell", { images: ["0.001056", 1] }, WORKERS_AI),
];

export const ADDED_PRICES: readonly AddedPrice[] = [
  {
    provider: "google",
    // Earlier models are billed per grounded prompt, which no usage counts: without a price a search is refused there.
    upstream: /^gemini-3/,
    unit: "searches",
    price: ["14", THOUSAND],
    source: source("https://ai.google.dev/gemini-api/docs/pricing"),
  },
  {
    provider: "bedrock",
    upstream: /anthropic\.claude/,
    unit: "cache_write_1h",
    price: { timesInput: 2n },
    // The package names this rule for Anthropic's models, and Bedrock's own price only where it has one (Opus 5.5: twice).
    source: source("https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing"),
  },
];
