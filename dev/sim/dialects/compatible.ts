import type { Dialect } from "../dialect.ts";
import type { Refusal } from "../format.ts";
import { KEYLESS, PLAIN } from "./openai.ts";

type ErrorFields = (refusal: Refusal, requestNumber: number) => object;

const own = (fields: ErrorFields, base: Dialect = PLAIN): Dialect => ({
  ...base,
  renderError: (refusal, { requestNumber }) => JSON.stringify(fields(refusal, requestNumber)),
});

/** Zhipu's business codes: of the key, of the rate, of the service, of a parameter. */
function zhipuCode(status: number): string {
  if (status === 401) return "1000";
  if (status === 429) return "1302";
  return status >= 500 ? "1234" : "1210";
}

/** Cloudflare's codes: of the key, of no free machine, of the service, of a body. */
function cloudflareCode(status: number): number {
  if (status === 401) return 10_000;
  if (status === 429) return 3_040;
  if (status === 404) return 5_007;
  return status >= 500 ? 3_043 : 5_004;
}

/** Providers that are compatible but for the bodies of their errors, each as its reference or its users show it. */
export const COMPATIBLE_DIALECTS = {
  baseten: own(({ message }) => ({ error: message })),
  cerebras: own(({ message, type, param, code }) => ({ message, type, param, code })),
  fireworks: own(({ message, type, code }) => ({ error: { object: "error", type, code, message } })),
  huggingface: own(({ message }) => ({ error: message })),
  minimax: own(({ message, status }) => ({
    type: "error",
    error: { type: status >= 500 ? "api_error" : "bad_request_error", message, http_code: String(status) },
  })),
  moonshot: own(({ message, type, status }) => ({
    error: { message, type: status === 429 ? "rate_limit_reached_error" : type },
  })),
  novita: own(({ message, status }) => ({ code: status, reason: "INVALID_REQUEST_BODY", message, metadata: {} })),
  nvidia: own(({ message, status }) => ({ status, title: status === 404 ? "Not Found" : "Error", detail: message })),
  ollama: own(({ message, type }) => ({ error: { message, type, param: null, code: null } }), KEYLESS),
  openrouter: own(({ message, status }) => ({ error: { code: status, message, metadata: {} }, user_id: "user_sim" })),
  perplexity: own(({ message, type, status }) => ({ error: { message, type, code: status } })),
  qwen: own(({ message, type, code }, requestNumber) => ({
    error: { code, param: null, message, type },
    request_id: `sim-${requestNumber}`,
  })),
  sambanova: own(({ message, type, param, code }) => ({ error: { code, message, param, type } })),
  together: own(({ message, type, param, code }, requestNumber) => ({
    id: `sim-${requestNumber}`,
    error: { message, type, param, code },
  })),
  vllm: own(
    ({ message, param, status }) => ({
      object: "error",
      message,
      type: status < 500 ? "BadRequestError" : "InternalServerError",
      param,
      code: status,
    }),
    KEYLESS,
  ),
  "workers-ai": own(({ message, status }) => ({
    success: false,
    errors: [{ code: cloudflareCode(status), message }],
    messages: [],
    result: null,
  })),
  zhipu: own(({ message, status }) => ({ error: { code: zhipuCode(status), message } })),
} as const satisfies Record<string, Dialect>;
