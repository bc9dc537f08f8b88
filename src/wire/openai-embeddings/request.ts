import * as z from "zod/mini";
import type { JsonObjectText } from "../json/scan-object.ts";
import { checkWith } from "../check-with.ts";
import { modelName } from "../model-name.ts";
import { invalidParameter, parseBody } from "../parse-body.ts";
import { createTextTally, type TextTally } from "../text-tally.ts";

/** An embeddings request: the caller's own text, and what admission and metering need to know of it. */
export interface EmbeddingsRequest {
  readonly object: JsonObjectText;
  readonly model: string;
  /** What is embedded, as it came: texts or token lists, one or many. */
  readonly values: readonly (string | readonly number[])[];
  readonly dimensions: number | null;
  /** `base64` or `float`; null: the default. */
  readonly encodingFormat: string | null;
  /** Our extensions `models` and `provider`, unread; undefined where absent. */
  readonly models: unknown;
  readonly provider: unknown;
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
/** OpenAI takes 300,000 tokens in one request. */
const TOKENS_MAXIMUM = 400_000;
const INPUT_FORMS = "must be a string, an array of strings, an array of tokens or an array of token arrays.";

const text = z.string({ error: "must be a string." });
const isCount = z.refine<number>((value) => Number.isSafeInteger(value) && value >= 1, {
  error: "must be a whole number of at least 1.",
});

const shape = {
  model: modelName,
  input: z.unknown(),
  encoding_format: z.optional(z.nullable(text)),
  dimensions: z.optional(z.nullable(z.number({ error: "must be a whole number." }).check(isCount))),
  user: z.optional(z.nullable(text)),
  models: z.optional(z.unknown()),
  provider: z.optional(z.unknown()),
};
const requestSchema = z.object(shape);
const EMBEDDINGS_MEMBERS: ReadonlySet<string> = new Set(Object.keys(shape));

/** Reads the body of `POST /v1/embeddings`. Throws AppError `invalid_json` or `invalid_parameter` (with `param`). */
export function parseEmbeddingsRequest(text: string): EmbeddingsRequest {
  const { object, value } = parseBody(text, EMBEDDINGS_MEMBERS);
  const body = checkWith(requestSchema, value);
  const tally = createTextTally();
  const { values, inputTokens } = readInput(body.input, tally);
  return {
    object,
    model: body.model,
    values,
    dimensions: body.dimensions ?? null,
    encodingFormat: body.encoding_format ?? null,
    models: body.models,
    provider: body.provider,
    inputs: values.length,
    textBytes: tally.bytes(),
    inputTokens,
    estimateInputTokens: () => inputTokens + tally.estimateTokens(),
  };
}

interface ReadInput {
  readonly values: readonly (string | readonly number[])[];
  readonly inputTokens: number;
}

/** The four forms of `input`, told apart by the first item and read to the first fault. */
function readInput(input: unknown, tally: TextTally): ReadInput {
  if (input === "") throw invalidParameter("input", "must not be empty.");
  if (typeof input === "string") return readTexts([input], tally);
  if (!Array.isArray(input)) throw invalidParameter("input", INPUT_FORMS);
  const items: readonly unknown[] = input;
  const [first] = items;
  if (first === undefined) throw invalidParameter("input", "must not be empty.");
  if (typeof first === "number") {
    const tokens = readTokens(items, "input", TOKENS_MAXIMUM);
    return { values: [tokens], inputTokens: tokens.length };
  }
  if (items.length > INPUTS_MAXIMUM) throw invalidParameter("input", `holds more than ${INPUTS_MAXIMUM} inputs.`);
  if (typeof first === "string") return readTexts(items, tally);
  const values: (readonly number[])[] = [];
  let inputTokens = 0;
  for (const [index, tokens] of items.entries()) {
    if (!Array.isArray(tokens)) throw invalidParameter("input", INPUT_FORMS);
    const read = readTokens(tokens, `input[${index}]`, TOKENS_MAXIMUM - inputTokens);
    inputTokens += read.length;
    values.push(read);
  }
  return { values, inputTokens };
}

function readTexts(texts: readonly unknown[], tally: TextTally): ReadInput {
  const values = texts.map((item) => {
    if (typeof item !== "string") throw invalidParameter("input", INPUT_FORMS);
    tally.add(item);
    return item;
  });
  return { values, inputTokens: 0 };
}

function readTokens(tokens: readonly unknown[], path: string, maximum: number): readonly number[] {
  if (tokens.length > maximum) throw invalidParameter("input", `holds more than ${TOKENS_MAXIMUM} tokens.`);
  return tokens.map((token, index) => {
    if (typeof token !== "number") throw invalidParameter("input", INPUT_FORMS);
    if (!Number.isSafeInteger(token) || token < 0) {
      throw invalidParameter(`${path}[${index}]`, "must be a token: a whole number.");
    }
    return token;
  });
}
