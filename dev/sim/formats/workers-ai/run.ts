import { z } from "zod";
import { type Format, type FormatResult, invalidRequest } from "../../format.ts";
import { countTokens } from "../../tokens.ts";
import { makePng } from "../images/png.ts";

const rerankRequest = z.strictObject({
  query: z.string().min(1),
  contexts: z.array(z.strictObject({ text: z.string() })).min(1),
  top_k: z.int().min(1).optional(),
});
const imageRequest = z.strictObject({
  prompt: z.string().min(1).max(2_048),
  steps: z.int().min(1).max(8).optional(),
});
const IMAGE_SIDE = 1_024;

/** Cloudflare's own way to run a model: its input as the body, its output as `result`. */
export const runModel: Format = {
  path: "/run/{model}",
  read(body, { parameters }) {
    const model = parameters["model"] ?? "";
    if (model.includes("reranker")) return readRerank(body);
    if (model.includes("flux")) return readImage(body);
    return { ok: false, refusal: { ...invalidRequest("No such model."), code: "5007" } };
  },
};

const wrapped = (result: object): string => JSON.stringify({ result, success: true, errors: [], messages: [] });
const refused: FormatResult = { ok: false, refusal: { ...invalidRequest("AiError: Bad input"), code: "5006" } };

function readRerank(body: unknown): FormatResult {
  const parsed = rerankRequest.safeParse(body);
  if (!parsed.success) return refused;
  const { query, contexts, top_k: top } = parsed.data;
  const words = new Set(query.toLowerCase().split(/\W+/));
  const scored = contexts.map(({ text }, id) => {
    const found = text
      .toLowerCase()
      .split(/\W+/)
      .filter((word) => words.has(word)).length;
    return { id, score: found / (words.size + 1) };
  });
  const response = scored.toSorted((one, other) => other.score - one.score).slice(0, top);
  const tokens = contexts.reduce((sum, { text }) => sum + countTokens(text) + countTokens(query), 0);
  return {
    ok: true,
    texts: [query],
    promptTokens: tokens,
    answer: (directives) => {
      const counted = directives.usage_input ?? tokens;
      const usage = { prompt_tokens: counted, completion_tokens: 0, total_tokens: counted };
      const text = wrapped({ response: directives.empty ? [] : response, ...(directives.no_usage ? {} : { usage }) });
      return { kind: "json", render: () => text };
    },
  };
}

function readImage(body: unknown): FormatResult {
  const parsed = imageRequest.safeParse(body);
  if (!parsed.success) return refused;
  const { prompt } = parsed.data;
  return {
    ok: true,
    texts: [prompt],
    promptTokens: countTokens(prompt),
    answer: (directives, seed) => {
      const image = directives.empty ? "" : makePng(IMAGE_SIDE, IMAGE_SIDE, seed).toString("base64");
      return { kind: "json", render: () => wrapped({ image }) };
    },
  };
}
