import { z } from "zod";
import { type Format, invalidRequest } from "../../format.ts";
import { countContents, countPrompt, detailsOf, sumOf, textsOf } from "./prompt.ts";
import { contentSchema, generateSchema, readWith } from "./request.ts";

const countRequest = z.strictObject({
  model: z.string().optional(),
  contents: z.array(contentSchema).optional(),
  generateContentRequest: generateSchema.optional(),
});

/** `:countTokens`: the contents alone, or a whole request with its system, tools and schema; never both. */
export const countTokens: Format = {
  path: "/models/{model}:countTokens",
  read(body) {
    const read = readWith(countRequest, body);
    if (!read.ok) return read;
    const { contents, generateContentRequest } = read.value;
    if ((contents === undefined) === (generateContentRequest === undefined)) {
      const message = "Exactly one of contents and generate_content_request must be set.";
      return { ok: false, refusal: invalidRequest(message) };
    }
    if (generateContentRequest !== undefined && generateContentRequest.model === undefined) {
      return {
        ok: false,
        refusal: invalidRequest("* CountTokensRequest.generate_content_request.model: unexpected model name format\n"),
      };
    }
    const counted =
      generateContentRequest === undefined ? countContents(contents ?? []) : countPrompt(generateContentRequest);
    const total = sumOf(counted);
    const text = JSON.stringify({ totalTokens: total, promptTokensDetails: detailsOf(counted) }, null, 2);
    const texts = textsOf(generateContentRequest ?? { contents: contents ?? [] });
    return { ok: true, texts, promptTokens: total, answer: () => ({ kind: "json", render: () => text }) };
  },
};
