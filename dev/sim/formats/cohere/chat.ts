import { COHERE } from "../../dialects/cohere.ts";
import type { Format } from "../../format.ts";
import { frameEvents, type Framing, NAMED_SSE } from "../../framing.ts";
import { checkToolDirective } from "../text-plan.ts";
import { planChat, wishOf } from "./plan.ts";
import { countPrompt, textsOf } from "./prompt.ts";
import { parseChat } from "./request.ts";
import { renderStreamError, responseTemplate, streamTemplate } from "./response.ts";

const BLOCKED_STATUS = 498;

/** `POST /v2/chat`. */
export const cohereChat: Format = {
  path: "/chat",
  read(body) {
    const parsed = parseChat(body);
    if (!parsed.ok) return parsed;
    const { request } = parsed;
    const promptTokens = countPrompt(request);
    return {
      ok: true,
      texts: textsOf(request),
      promptTokens,
      answer(directives, seed) {
        const unknownTool = checkToolDirective(wishOf(request), directives);
        if (unknownTool !== null) return { kind: "refusal", refusal: unknownTool };
        if (directives.refuse) return { kind: "refusal", refusal: COHERE.failure(BLOCKED_STATUS) };
        const plan = planChat(request, promptTokens, directives, seed);
        if (request.stream !== true) return { kind: "json", render: responseTemplate(plan) };
        return {
          kind: "stream",
          framing: NAMED_WITH_DONE,
          render: streamTemplate(plan),
          renderError: (refusal) => [renderStreamError(refusal)],
        };
      },
    };
  },
};

/** Named events, and after the last one `data: [DONE]`. */
const NAMED_WITH_DONE: Framing = {
  contentType: NAMED_SSE.contentType,
  frame: (events, directives) => [
    ...NAMED_SSE.frame(events, directives),
    ...(directives.no_done ? [] : frameEvents(["[DONE]"], directives)),
  ],
  frameBroken: NAMED_SSE.frame,
};
