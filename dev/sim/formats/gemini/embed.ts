import { z } from "zod";
import type { Directives } from "../../directives.ts";
import { type Format, type FormatResult, invalidRequest } from "../../format.ts";
import { makeVector } from "../openai-embeddings/vector.ts";
import { countContents, sumOf } from "./prompt.ts";
import { contentSchema, readWith } from "./request.ts";

const BATCH_MAX = 100;
const DIMENSIONS_DEFAULT = 3_072;

const embedRequest = z.strictObject({
  model: z.string().optional(),
  content: contentSchema,
  taskType: z.string().optional(),
  title: z.string().optional(),
  outputDimensionality: z.int().min(1).max(DIMENSIONS_DEFAULT).optional(),
});
const batchRequest = z.strictObject({ requests: z.array(embedRequest).min(1).max(BATCH_MAX) });

type EmbedRequest = z.output<typeof embedRequest>;

/** `:embedContent`: one text. */
export const embedContent: Format = {
  path: "/models/{model}:embedContent",
  read(body) {
    const read = readWith(embedRequest, body);
    return read.ok ? answerWith([read.value], ([embedding]) => ({ embedding })) : read;
  },
};

/** `:batchEmbedContents`: each request names the model of the address again. */
export const batchEmbedContents: Format = {
  path: "/models/{model}:batchEmbedContents",
  read(body, { parameters }) {
    const read = readWith(batchRequest, body);
    if (!read.ok) return read;
    const { requests } = read.value;
    const other = requests.findIndex(({ model }) => model !== `models/${parameters["model"] ?? ""}`);
    if (other >= 0) {
      const message = `* BatchEmbedContentsRequest.requests[${other}].model: model must match the model of the batch\n`;
      return { ok: false, refusal: invalidRequest(message) };
    }
    return answerWith(requests, (embeddings) => ({ embeddings }));
  },
};

function answerWith(
  requests: readonly EmbedRequest[],
  shape: (embeddings: readonly unknown[]) => object,
): FormatResult {
  const texts = requests.map(({ content }) => (content.parts ?? []).map(({ text }) => text ?? "").join(""));
  const tokens = sumOf(countContents(requests.map(({ content }) => content)));
  const empty = texts.findIndex((text) => text === "");
  if (empty >= 0) {
    return { ok: false, refusal: invalidRequest("* EmbedContentRequest.content: contents is empty\n") };
  }
  return {
    ok: true,
    texts,
    promptTokens: tokens,
    answer(directives) {
      const embeddings = requests.map((request, at) => ({ values: valuesOf(request, texts[at] ?? "") }));
      const text = JSON.stringify({ ...shape(embeddings), ...usageOf(directives) });
      return { kind: "json", render: () => text };
    },
  };
}

function valuesOf({ outputDimensionality }: EmbedRequest, text: string): number[] {
  return Array.from(makeVector(text, outputDimensionality ?? DIMENSIONS_DEFAULT), (value) =>
    Number(value.toPrecision(9)),
  );
}

/** Google names no usage of embeddings of texts; a directive makes it do so. */
const usageOf = ({ usage_input: tokens, no_usage: none }: Directives) =>
  tokens === undefined || none ? {} : { usageMetadata: { promptTokenCount: tokens, totalTokenCount: tokens } };
