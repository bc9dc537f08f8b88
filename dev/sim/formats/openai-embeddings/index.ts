import { z } from "zod";
import { type Format, type FormatResult, invalidRequest } from "../../format.ts";
import { countTokens } from "../../tokens.ts";
import { makeVector } from "./vector.ts";

const INPUTS_MAX = 2_048;
const DIMENSIONS_MAX = 3_072;

const tokenIds = z.array(z.int().min(0)).min(1);
const embeddingsRequest = z.looseObject({
  model: z.string().min(1),
  input: z.union([
    z.string().min(1),
    tokenIds,
    z.array(z.string().min(1)).min(1).max(INPUTS_MAX),
    z.array(tokenIds).min(1).max(INPUTS_MAX),
  ]),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.int().min(1).max(DIMENSIONS_MAX).nullish(),
});

type EmbeddingsRequest = z.output<typeof embeddingsRequest>;
type Input = string | readonly number[];

/** OpenAI embeddings, as floats or as base64 of little-endian 32-bit floats (which the official client asks for by default). */
export const openaiEmbeddings: Format = {
  path: "/embeddings",
  read(body): FormatResult {
    const parsed = embeddingsRequest.safeParse(body);
    if (!parsed.success) return refuse(parsed.error.issues[0]);
    const request = parsed.data;
    const inputs = inputsOf(request.input);
    const counted = inputs.reduce((sum, input) => sum + countInput(input), 0);
    return {
      ok: true,
      texts: inputs.flatMap((input) => (typeof input === "string" ? [input] : [])),
      promptTokens: counted,
      answer(directives) {
        const tokens = directives.zero_usage ? 0 : (directives.usage_input ?? counted);
        const usage = directives.no_usage ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } };
        const text = JSON.stringify({
          object: "list",
          data: directives.empty ? [] : inputs.map((input, index) => embed(request, input, index)),
          model: request.model,
          ...usage,
        });
        return { kind: "json", render: () => text };
      },
    };
  },
};

function refuse(issue: z.core.$ZodIssue | undefined): FormatResult {
  const name = String(issue?.path[0] ?? "");
  const message = name === "" ? "We could not parse the JSON body of your request." : `'$.${name}' is invalid.`;
  return { ok: false, refusal: invalidRequest(message, name === "" ? null : name) };
}

function inputsOf(input: EmbeddingsRequest["input"]): readonly Input[] {
  if (typeof input === "string") return [input];
  const texts: Input[] = [];
  const ids: number[] = [];
  for (const item of input) {
    if (typeof item === "number") ids.push(item);
    else texts.push(item);
  }
  return ids.length > 0 ? [ids] : texts;
}

const countInput = (input: Input) => (typeof input === "string" ? countTokens(input) : input.length);

function embed(request: EmbeddingsRequest, input: Input, index: number) {
  const length = request.dimensions ?? (request.model.endsWith("large") ? DIMENSIONS_MAX : DIMENSIONS_MAX / 2);
  const vector = makeVector(typeof input === "string" ? input : input.join(" "), length);
  const embedding = request.encoding_format === "base64" ? encodeVector(vector) : readableVector(vector);
  return { object: "embedding", index, embedding };
}

/** Nine significant digits name a 32-bit float exactly. */
const readableVector = (vector: Float32Array) => Array.from(vector, (value) => Number(value.toPrecision(9)));

function encodeVector(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  vector.forEach((value, at) => bytes.writeFloatLE(value, at * Float32Array.BYTES_PER_ELEMENT));
  return bytes.toString("base64");
}

/** Workers AI answers with numbers, whatever encoding was asked for. */
export const numericEmbeddings: Format = {
  ...openaiEmbeddings,
  read: (body, call) =>
    openaiEmbeddings.read(
      typeof body === "object" && body !== null ? { ...body, encoding_format: "float" } : body,
      call,
    ),
};
