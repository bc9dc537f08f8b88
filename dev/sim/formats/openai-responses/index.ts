import { type Format, invalidRequest } from "../../format.ts";
import { NAMED_SSE } from "../../framing.ts";
import { planResponse } from "./plan.ts";
import { countPrompt, textsOf } from "./prompt.ts";
import { fill, responseFields } from "./render.ts";
import { parseResponsesRequest } from "./request.ts";
import { failedEvents, streamTemplate } from "./stream.ts";

const INDENT = 2;

/** OpenAI responses: https://platform.openai.com/docs/api-reference/responses */
export const openaiResponses: Format = {
  path: "/responses",
  read(body) {
    const parsed = parseResponsesRequest(body);
    if (!parsed.ok) return parsed;
    const { request } = parsed;
    const promptTokens = countPrompt(request);
    return {
      ok: true,
      texts: textsOf(request),
      promptTokens,
      answer(directives, seed) {
        const known = request.tools.some((tool) => tool.type === "function" && tool.name === directives.tool);
        if (directives.tool !== undefined && !known) {
          const message = `sim directive tool: the request has no tool '${directives.tool}'`;
          return { kind: "refusal", refusal: invalidRequest(message, "tools") };
        }
        const plan = planResponse(request, promptTokens, directives, seed);
        if (request.stream === true) {
          const [render, renderError] = [streamTemplate(request, plan), failedEvents(request, plan)];
          return { kind: "stream", framing: NAMED_SSE, render, renderError };
        }
        const { id, object, created_at, status, background, ...rest } = responseFields(
          request,
          plan,
          plan.incomplete ? "incomplete" : "completed",
        );
        const billing = { payer: "developer" };
        const whole = { id, object, created_at, status, background, billing, ...rest };
        const template = JSON.stringify(whole, null, INDENT);
        return { kind: "json", render: (identity) => fill(template, identity) };
      },
    };
  },
};
