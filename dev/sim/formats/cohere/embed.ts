import { z } from "zod";
import { cohereId } from "../../dialects/cohere.ts";
import type { Directives } from "../../directives.ts";
import { type Format, invalidRequest } from "../../format.ts";
import { countTokens } from "../../tokens.ts";
import { makeVector } from "../openai-embeddings/vector.ts";
import { describeIssue } from "./refuse.ts";

const TEXTS_MAX = 96;
const DIMENSIONS_DEFAULT = 1_536;
const TOKENS_PER_IMAGE = 512;

const part = z.union([
  z.strictObject({ type: z.literal("text"), text: z.string().min(1) }),
  z.strictObject({ type: z.literal("image_url"), image_url: z.looseObject({ url: z.string().min(1) }) }),
]);
const embedRequest = z.strictObject({
  model: z.string().min(1),
  texts: z.array(z.string()).min(1).max(TEXTS_MAX).optional(),
  images: z.array(z.string().min(1)).length(1).optional(),
  inputs: z
    .array(z.strictObject({ content: z.array(part).min(1) }))
    .min(1)
    .max(TEXTS_MAX)
    .optional(),
  input_type: z.enum(["search_document", "search_query", "classification", "clustering", "image"]),
  embedding_types: z
    .array(z.enum(["float", "int8", "uint8", "binary", "ubinary", "base64"]))
    .min(1)
    .optional(),
  output_dimension: z.literal([256, 512, 1_024, 1_536]).optional(),
  max_tokens: z.int().min(1).optional(),
  truncate: z.enum(["NONE", "START", "END"]).optional(),
  priority: z.int().optional(),
});

type EmbedRequest = z.output<typeof embedRequest>;
type EmbeddingType = NonNullable<EmbedRequest["embedding_types"]>[number];

/** `POST /v2/embed`. */
export const cohereEmbed: Format = {
  path: "/embed",
  read(body) {
    const parsed = embedRequest.safeParse(body);
    if (!parsed.success) return { ok: false, refusal: describeIssue(parsed.error.issues[0]) };
    const request = parsed.data;
    const given = [request.texts, request.images, request.inputs].filter((list) => list !== undefined);
    if (given.length !== 1) {
      return {
        ok: false,
        refusal: invalidRequest("invalid request: exactly one of texts, images or inputs must be provided"),
      };
    }
    const inputs = inputsOf(request);
    const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0);
    return {
      ok: true,
      texts: inputs.map(({ text }) => text),
      promptTokens: tokens,
      answer(directives) {
        const rest = JSON.stringify(answerOf(request, inputs, directives)).slice(1);
        return { kind: "json", render: ({ number }) => `{"id":"${cohereId(number)}",${rest}` };
      },
    };
  },
};

interface Input {
  readonly text: string;
  readonly tokens: number;
  readonly images: number;
}

function inputsOf({ texts, images, inputs }: EmbedRequest): Input[] {
  const image = (text: string): Input => ({ text, tokens: 0, images: 1 });
  if (texts !== undefined) return texts.map((text) => ({ text, tokens: countTokens(text), images: 0 }));
  if (images !== undefined) return images.map(image);
  return (inputs ?? []).map(({ content }) => {
    const words = content.map((each) => (each.type === "text" ? each.text : "")).join("");
    const files = content.map((each) => (each.type === "text" ? "" : each.image_url.url)).join("");
    const count = content.filter(({ type }) => type === "image_url").length;
    return { text: words + files, tokens: countTokens(words), images: count };
  });
}

function answerOf(request: EmbedRequest, inputs: readonly Input[], directives: Directives) {
  const vectors = inputs.map(({ text }) => makeVector(text, request.output_dimension ?? DIMENSIONS_DEFAULT));
  const types = request.embedding_types ?? ["float" as const];
  return {
    embeddings: Object.fromEntries(
      types.map((type) => [type, directives.empty ? [] : vectors.map((one) => encode(one, type))]),
    ),
    texts: request.texts ?? [],
    meta: { api_version: { version: "2" }, ...billedUnits(inputs, directives) },
    response_type: "embeddings_by_type",
  };
}

function billedUnits(inputs: readonly Input[], directives: Directives) {
  if (directives.no_usage) return {};
  const sum = (count: (input: Input) => number) => inputs.reduce((total, input) => total + count(input), 0);
  const tokens = directives.zero_usage ? 0 : (directives.usage_input ?? sum((input) => input.tokens));
  const images = directives.zero_usage ? 0 : sum((input) => input.images);
  const billed = images > 0 ? { images, image_tokens: images * TOKENS_PER_IMAGE } : {};
  return { billed_units: { input_tokens: tokens, ...billed } };
}

const BYTE_SCALE = 127;
const SIGN_SHIFT = 128;
const BITS = 8;

function encode(vector: Float32Array, type: EmbeddingType): unknown {
  switch (type) {
    case "float":
      return Array.from(vector, (value) => Number(value.toPrecision(8)));
    case "int8":
      return Array.from(vector, (value) => Math.round(value * BYTE_SCALE));
    case "uint8":
      return Array.from(vector, (value) => Math.round(value * BYTE_SCALE) + SIGN_SHIFT);
    case "binary":
      return pack(vector).map((byte) => byte - SIGN_SHIFT);
    case "ubinary":
      return pack(vector);
    case "base64":
    default:
      return Buffer.from(vector.buffer).toString("base64");
  }
}

/** One bit per number, its sign; eight of them to a byte. */
function pack(vector: Float32Array): number[] {
  return Array.from({ length: vector.length / BITS }, (_, at) =>
    vector.slice(at * BITS, (at + 1) * BITS).reduce((byte, value) => byte * 2 + (value > 0 ? 1 : 0), 0),
  );
}
