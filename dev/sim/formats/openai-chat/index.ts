import { type Format, invalidRequest } from "../../format.ts";
import { SSE_WITH_DONE } from "../../framing.ts";
import type { ChatFlavour } from "./flavours.ts";
import { planChat } from "./plan.ts";
import { countPrompt, textsOf } from "./prompt.ts";
import { parseChatRequest } from "./request.ts";
import { responseTemplate } from "./response.ts";
import { streamTemplate } from "./stream.ts";

/** OpenAI chat completions in a provider's flavour. */
export const openaiChat = (flavour: ChatFlavour): Format => ({
  path: "/chat/completions",
  read(body) {
    const parsed = parseChatRequest(body, flavour);
    if (!parsed.ok) return parsed;
    const { request } = parsed;
    const prompt = countPrompt(request);
    return {
      ok: true,
      texts: textsOf(request),
      promptTokens: prompt.total,
      answer(directives, seed) {
        const known = request.tools?.some((tool) => tool.function.name === directives.tool) ?? false;
        if (directives.tool !== undefined && !known) {
          const message = `sim directive tool: the request has no tool '${directives.tool}'`;
          return { kind: "refusal", refusal: invalidRequest(message, "tools") };
        }
        const plan = planChat(request, prompt, directives, seed);
        if (request.stream !== true) return { kind: "json", render: responseTemplate(plan, flavour) };
        const options = {
          includeUsage: request.stream_options?.include_usage === true,
          includeObfuscation: request.stream_options?.include_obfuscation !== false,
        };
        return { kind: "stream", framing: SSE_WITH_DONE, render: streamTemplate(plan, flavour, options) };
      },
    };
  },
});
