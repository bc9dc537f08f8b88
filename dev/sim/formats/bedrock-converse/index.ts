import { streamExceptionOf } from "../../dialects/bedrock.ts";
import { type Call, type Format, type FormatResult, invalidRequest } from "../../format.ts";
import { totalOf, useCache } from "../anthropic-messages/prompt.ts";
import { checkToolDirective } from "../text-plan.ts";
import { checkRequest } from "./check-request.ts";
import { AWS_EVENT_STREAM } from "./framing.ts";
import { NO_CACHE, parseSchema, planConverse, wishOf } from "./plan.ts";
import { segmentsOf, textsOf } from "./prompt.ts";
import { type ConverseRequest, parseConverse } from "./request.ts";
import { renderConverse, renderConverseStream } from "./response.ts";

/** `POST /model/{modelId}/converse`. */
const converse: Format = {
  path: "/model/{model}/converse",
  read: (body, call) => readRequest(body, call, false),
};

/** `POST /model/{modelId}/converse-stream`: AWS's binary event stream. */
const converseStream: Format = {
  path: "/model/{model}/converse-stream",
  read: (body, call) => readRequest(body, call, true),
};

/** Amazon Bedrock's runtime. */
export const BEDROCK_FORMATS: readonly Format[] = [converse, converseStream];

function readRequest(body: unknown, call: Call, stream: boolean): FormatResult {
  const parsed = parseConverse(body);
  if (!parsed.ok) return parsed;
  const { request } = parsed;
  const model = call.parameters["model"] ?? "";
  const refusal = checkRequest(request, model) ?? checkOutput(request);
  return refusal === null ? answerConverse(request, model, call, stream) : { ok: false, refusal };
}

function checkOutput({ outputConfig }: ConverseRequest) {
  const schema = outputConfig?.textFormat?.structure.jsonSchema.schema;
  if (schema === undefined || parseSchema(schema) !== null) return null;
  return invalidRequest("The schema field in the JsonSchemaDefinition object is not valid JSON.");
}

function answerConverse(request: ConverseRequest, model: string, call: Call, stream: boolean): FormatResult {
  const segments = segmentsOf(request);
  const promptTokens = totalOf(segments);
  const marked = segments.some(({ cacheControl }) => Boolean(cacheControl));
  return {
    ok: true,
    texts: textsOf(request),
    promptTokens,
    changing: marked,
    answer(directives, seed) {
      const unknownTool = checkToolDirective(wishOf(request), directives);
      if (unknownTool !== null) return { kind: "refusal", refusal: unknownTool };
      // A prompt that is refused is not remembered.
      const served = directives.fail === undefined && directives.fail_times === undefined && !directives.kill;
      const use = marked && served ? useCache(model, segments, call.promptCache, call.nowMs()) : NO_CACHE;
      const plan = planConverse(request, promptTokens, use, directives, seed);
      if (!stream) {
        const text = renderConverse(plan);
        return { kind: "json", render: () => text };
      }
      const events = renderConverseStream(plan);
      return {
        kind: "stream",
        framing: AWS_EVENT_STREAM,
        render: () => events,
        renderError: (fault) => [JSON.stringify({ [streamExceptionOf(fault)]: { message: fault.message } })],
      };
    },
  };
}
