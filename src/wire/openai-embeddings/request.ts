import * as z from "zod/mini";
import { estimateTokens } from "../count-tokens.ts";
import type { JsonObjectText } from "../json/scan-object.ts";
import { checkWith } from "../check-with.ts";
import { modelName } from "../model-name.ts";
import { parseBody } from "../parse-body.ts";
import { utf8Length } from "../utf8-length.ts";

/** An embeddings request: the caller's own text, and what admission and metering need to know of it. */
export interface EmbeddingsRequest {
  readonly object: JsonObjectText;
  readonly model: string;
  /** Texts or token lists to embed. */
  readonly inputs: number;
  /** UTF-8 bytes of all input texts. */
  readonly textBytes: number;
  /** Tokens of the inputs that came as token lists: an exact count. */
  readonly inputTokens: number;
  /** An estimate of all input tokens, for calls whose usage never came. Computed on demand, in bounded time. */
  estimateInputTokens(): number;
}

const INPUTS_MAXIMUM = 2048;
const INPUT_FORMS = "must be a string, an array of strings, an array of tokens or an array of token arrays.";

const isNotEmpty = { error: "must not be empty." };
const isInBounds = { error: `holds more than ${INPUTS_MAXIMUM} inputs.` };
const text = z.string({ error: "must be a string." });
const isCount = z.refine<number>((value) => Number.isSafeInteger(value) && value >= 1, {
  error: "must be a whole number of at least 1.",
});
const item = z.string({ error: INPUT_FORMS });
const token = z
  .number({ error: INPUT_FORMS })
  .check(z.refine((value) => Number.isSafeInteger(value) && value >= 0, { error: "must be a token: a whole number." }));

/** A list of tokens is one input and may be long; a list of texts or of token lists is bounded as OpenAI bounds it. */
const requestSchema = z.looseObject({
  model: modelName,
  input: z.union([item, z.array(item), z.array(token), z.array(z.array(token))], { error: INPUT_FORMS }).check(
    z.refine((value) => value.length > 0, isNotEmpty),
    z.refine(
      (value) => typeof value === "string" || typeof value[0] === "number" || value.length <= INPUTS_MAXIMUM,
      isInBounds,
    ),
  ),
  encoding_format: z.optional(z.nullable(text)),
  dimensions: z.optional(z.nullable(z.number({ error: "must be a whole number." }).check(isCount))),
  user: z.optional(z.nullable(text)),
});

/** Reads the body of `POST /v1/embeddings`. Throws AppError `invalid_json` or `invalid_parameter` (with `param`). */
export function parseEmbeddingsRequest(text: string): EmbeddingsRequest {
  const { object, value } = parseBody(text);
  const body = checkWith(requestSchema, value);
  const items: readonly (string | number | readonly number[])[] =
    typeof body.input === "string" ? [body.input] : body.input;
  const texts = items.filter((item) => typeof item === "string");
  const loose = items.filter((item) => typeof item === "number").length;
  let inputTokens = loose;
  for (const item of items) if (typeof item === "object") inputTokens += item.length;
  let textBytes = 0;
  for (const item of texts) textBytes += utf8Length(item);
  return {
    object,
    model: body.model,
    inputs: loose > 0 ? 1 : items.length,
    textBytes,
    inputTokens,
    estimateInputTokens: () => inputTokens + estimateTokens(texts),
  };
}
