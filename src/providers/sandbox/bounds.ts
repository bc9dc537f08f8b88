/**
 * What one sandbox call may cost the gateway: test keys are free, so nothing else limits it. A body within these bounds
 * takes some 16 MiB and 100 ms at most, measured on bodies made to be slow.
 */

/** Of the body, without its images' data. JSON of small parts takes twenty times its length once parsed. */
export const REQUEST_MAX_CHARACTERS = 256 * 1024;
/** Prompt or embedding inputs, as the catalogue says of `echo` and `lorem`. */
export const CONTEXT_MAX_TOKENS = 128_000;
/** What an answer writes, all its choices together. */
export const ANSWER_MAX_TOKENS = 16_384;
/** The same in characters, for a token takes any length of white space. */
export const ANSWER_MAX_CHARACTERS = 8 * ANSWER_MAX_TOKENS;
export const CHOICES_MAX = 128;
/** OpenAI's own bound; a name stands in every choice. */
export const TOOL_NAME_MAX_CHARACTERS = 64;
/** Of a sampled schema, at all depths together: each may become a text. */
export const SCHEMA_MAX_PROPERTIES = 1_000;
export const SCHEMA_MAX_DEPTH = 6;
export const DIMENSIONS_MAX = 3_072;
/** Inputs times dimensions. */
export const EMBEDDING_MAX_NUMBERS = 256 * 1024;

/** A request beyond a bound, refused as a provider would: status 400 with a code of its own. */
export interface Refusal {
  readonly ok: false;
  readonly code: string;
  readonly param: string | null;
  readonly message: string;
}

/** The refusal of one parameter, or of the whole body where `param` is null. */
export function beyond(code: string, param: string | null, message: string): Refusal {
  return { ok: false, code, param, message };
}

/** The refusal that every provider makes of a prompt which is too long. */
export function beyondContext(param: string): Refusal {
  return beyond("context_length_exceeded", param, `The model reads at most ${CONTEXT_MAX_TOKENS} tokens.`);
}
