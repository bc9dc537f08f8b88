import { type Call, type Format, type FormatResult, invalidRequest } from "../../format.ts";
import { NAMED_SSE } from "../../framing.ts";
import { planMessage } from "./plan.ts";
import { segmentsOf, textsOf, totalOf, useCache } from "./prompt.ts";
import { renderMessage, renderStream } from "./render.ts";
import { type MessagesRequest, parseCountRequest, parseMessagesRequest } from "./request.ts";

const NO_CACHE = { read: 0, written5m: 0, written1h: 0 };

/** Anthropic messages: https://docs.claude.com/en/api/messages */
const messages: Format = {
  path: "/messages",
  read(body, call) {
    const parsed = parseMessagesRequest(body);
    return parsed.ok ? answerMessage(parsed.request, call) : parsed;
  },
};

function answerMessage(request: MessagesRequest, call: Call): FormatResult {
  const segments = segmentsOf(request);
  const promptTokens = totalOf(segments);
  const marked = segments.some(({ cacheControl }) => Boolean(cacheControl));
  return {
    ok: true,
    texts: textsOf(request),
    promptTokens,
    changing: marked,
    answer(directives, seed) {
      const known = request.tools?.some(({ name }) => name === directives.tool) ?? false;
      if (directives.tool !== undefined && !known) {
        const message = `sim directive tool: the request has no tool '${directives.tool}'`;
        return { kind: "refusal", refusal: invalidRequest(message, "tools") };
      }
      // A prompt that is refused is not remembered.
      const served = directives.fail === undefined && directives.fail_times === undefined && !directives.kill;
      const use = marked && served ? useCache(request.model, segments, call.promptCache, call.nowMs()) : NO_CACHE;
      const plan = planMessage(request, promptTokens, use, directives, seed);
      if (request.stream !== true) return { kind: "json", render: renderMessage(plan) };
      return { kind: "stream", framing: NAMED_SSE, render: renderStream(plan) };
    },
  };
}

const countTokens: Format = {
  path: "/messages/count_tokens",
  read(body) {
    const parsed = parseCountRequest(body);
    if (!parsed.ok) return parsed;
    const text = JSON.stringify({ input_tokens: totalOf(segmentsOf(parsed.request)) });
    return {
      ok: true,
      texts: textsOf(parsed.request),
      promptTokens: 0,
      answer: () => ({ kind: "json", render: () => text }),
    };
  },
};

const CREATED_AT = "2025-09-29T00:00:00Z";
const describeModel = (id: string) => ({ type: "model", id, display_name: id, created_at: CREATED_AT });
const answerWith = (value: object): FormatResult => ({
  ok: true,
  texts: [],
  promptTokens: 0,
  answer: () => ({ kind: "json", render: () => JSON.stringify(value) }),
});

const listModels: Format = {
  method: "GET",
  path: "/models",
  read: (_, { models }) =>
    answerWith({
      data: models.map((id) => describeModel(id)),
      has_more: false,
      first_id: models[0] ?? null,
      last_id: models.at(-1) ?? null,
    }),
};

const findModel: Format = {
  method: "GET",
  path: "/models/{model}",
  read(_, { models, parameters }) {
    const id = parameters["model"] ?? "";
    if (models.includes(id)) return answerWith(describeModel(id));
    return { ok: false, refusal: { ...invalidRequest(`model: ${id}`), status: 404 } };
  },
};

/** Everything below Anthropic's base URL. */
export const ANTHROPIC_FORMATS: readonly Format[] = [messages, countTokens, listModels, findModel];
