import type { Operation } from "#kernel";

/** What a request feeds a model with, as numbers: metering never sees content. All whole and not negative. */
export interface InputSize {
  /** UTF-8 bytes of every text. */
  readonly textBytes: number;
  /** Messages of a chat, or inputs of an embeddings call. */
  readonly messages: number;
  /** UTF-8 bytes of tools and of the response format. */
  readonly toolsBytes: number;
  readonly images: number;
  readonly audios: number;
  readonly files: number;
  /** Searches that the provider may run at most; what they find is read as input too. */
  readonly searches: number;
  /** Inputs that came as token lists: an exact count. */
  readonly tokens: number;
  /** A tokenizer-like estimate of all text, tools included; null where nobody counted. Never used for the bound. */
  readonly estimatedTextTokens: number | null;
}

/** The facts of an endpoint that bound its input. */
export interface InputLimits {
  readonly contextTokens: number | null;
  readonly imageTokensMax?: number | undefined;
}

/** What templates put around a message: role, delimiters, names. Measured templates use 3 to 8. */
const MESSAGE_OVERHEAD_TOKENS = 16;
/** What templates put around a whole chat: a provider's own preamble, tool and format instructions. */
const CHAT_OVERHEAD_TOKENS = 256;
/** The most of any wired model (gpt-4o-mini: 2,833 + 8 × 5,667), for endpoints whose own maximum is unknown. */
const IMAGE_TOKENS_WORST = 48_169;
/** Stands for the context window where it is unknown. */
const CONTEXT_TOKENS_UNKNOWN = 262_144;

const BYTES_PER_TOKEN_TYPICAL = 4;
const MESSAGE_TOKENS_TYPICAL = 4;
/** A square image of 1,024 pixels at high detail by OpenAI's tiles: 85 + 4 × 170. */
const IMAGE_TOKENS_TYPICAL = 765;
const MEDIA_TOKENS_TYPICAL = 2_000;

/**
 * An upper bound of the input tokens that a request can be charged. A token of every wired provider covers at least one
 * UTF-8 byte, so bytes bound text; images count at the model's maximum; sound and files, whose length nobody knows
 * before the provider reads them, count as one whole context window together. Design MONEY section 2.
 */
export function boundInputTokens(operation: Operation, size: InputSize, limits: InputLimits): number {
  const text = size.textBytes + size.toolsBytes + size.tokens;
  const frame = size.messages * MESSAGE_OVERHEAD_TOKENS + (operation === "chat.completions" ? CHAT_OVERHEAD_TOKENS : 0);
  const images = size.images * (limits.imageTokensMax ?? IMAGE_TOKENS_WORST);
  const context = limits.contextTokens ?? CONTEXT_TOKENS_UNKNOWN;
  // The model is called again after each search, and reads all that there is by then.
  if (size.searches > 0) return context * (size.searches + 1);
  const media = size.audios + size.files > 0 ? context : 0;
  return text + frame + images + media;
}

/** What the input most likely counts: for the hold of an account that could pay ten times the bound, and for calls whose usage never came. Never above the bound. */
export function estimateInputTokens(operation: Operation, size: InputSize, limits: InputLimits): number {
  const text = size.estimatedTextTokens ?? Math.ceil((size.textBytes + size.toolsBytes) / BYTES_PER_TOKEN_TYPICAL);
  const frame = operation === "chat.completions" ? size.messages * MESSAGE_TOKENS_TYPICAL : 0;
  const images = size.images * Math.min(IMAGE_TOKENS_TYPICAL, limits.imageTokensMax ?? IMAGE_TOKENS_TYPICAL);
  const media = (size.audios + size.files) * MEDIA_TOKENS_TYPICAL;
  return Math.min(text + size.tokens + frame + images + media, boundInputTokens(operation, size, limits));
}
