import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type { ReasoningEffort } from "../prompt.ts";
import { effortOf } from "../reasoning.ts";
import { decodeReasoning } from "./decode-request.ts";

/** What OpenRouter's `reasoning` member asks for, as OpenAI's effort. Null: it names none. Throws AppError `invalid_parameter`. */
export function chatReasoningEffort(object: JsonObjectText): ReasoningEffort | null {
  const reasoning = parseJson(memberText(object, "reasoning") ?? "");
  const request = isRecord(reasoning) ? decodeReasoning({ reasoning }) : null;
  return request && effortOf(request);
}
