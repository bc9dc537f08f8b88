import type { Dialect, Headers } from "../dialect.ts";
import { invalidRequest, type Refusal } from "../format.ts";
import { tokenFrom } from "../text.ts";

const REQUESTS_LIMIT = 30_000;
const TOKENS_LIMIT = 150_000_000;

const rateLimitHeaders = (promptTokens: number) => ({
  "x-ratelimit-limit-requests": String(REQUESTS_LIMIT),
  "x-ratelimit-limit-tokens": String(TOKENS_LIMIT),
  "x-ratelimit-remaining-requests": String(REQUESTS_LIMIT - 1),
  "x-ratelimit-remaining-tokens": String(TOKENS_LIMIT - promptTokens),
  "x-ratelimit-reset-requests": "2ms",
  "x-ratelimit-reset-tokens": "0s",
});

/** A Bearer key, OpenAI's errors, a request id: what most compatible providers do. */
export const PLAIN: Dialect = {
  checkKey: ({ headers }) => checkBearer(headers),
  readKey: readBearer,
  failure: failureOf,
  renderError: ({ message, type, param, code }) => JSON.stringify({ error: { message, type, param, code } }, null, 2),
  headers: (requestNumber) => ({ "x-request-id": tokenFrom(requestNumber, 32, "hex") }),
};

export const OPENAI: Dialect = {
  ...PLAIN,
  headers: (requestNumber, promptTokens) => ({
    "openai-organization": "org-sim",
    "openai-processing-ms": "7",
    "openai-version": "2020-10-01",
    ...rateLimitHeaders(promptTokens),
    "x-request-id": `req_${tokenFrom(requestNumber, 32, "hex")}`,
  }),
};

export const GROQ: Dialect = {
  ...PLAIN,
  renderError: ({ message, type, code }) =>
    JSON.stringify({ error: { message, type, ...(code === null ? {} : { code }) } }),
  headers: (requestNumber, promptTokens) => ({
    ...rateLimitHeaders(promptTokens),
    "x-groq-region": "sim",
    "x-request-id": `req_${tokenFrom(requestNumber, 26)}`,
  }),
};

export const MISTRAL: Dialect = {
  ...PLAIN,
  renderError: ({ message, type, param, code, status }) =>
    status === 401
      ? JSON.stringify({ detail: message })
      : JSON.stringify({ object: "error", message, type, param, code, raw_status_code: status }),
};

export const XAI: Dialect = {
  ...PLAIN,
  renderError: ({ message, type, code }) => JSON.stringify({ code: code ?? type, error: message }),
};

/** A server of one's own asks for no key. */
export const KEYLESS: Dialect = { ...PLAIN, checkKey: () => null };

export function readBearer(headers: Headers): string {
  return (headers["authorization"] ?? "").replace(/^Bearer /i, "");
}

export function checkBearer(headers: Headers): Refusal | null {
  if (/^Bearer \S+$/i.test(headers["authorization"] ?? "")) return null;
  return unauthorized(
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    null,
  );
}

const unauthorized = (message: string, code: string | null): Refusal => ({
  status: 401,
  message,
  type: "invalid_request_error",
  param: null,
  code,
});

function failureOf(status: number): Refusal {
  const refuse = (message: string, type: string, code: string | null): Refusal => ({
    status,
    message,
    type,
    param: null,
    code,
  });
  if (status === 400) return invalidRequest("Invalid request, as the directive asked.", null, "invalid_value");
  if (status === 401) return unauthorized("Incorrect API key provided: sk-s****.", "invalid_api_key");
  if (status === 403)
    return refuse(
      "You are not allowed to use this resource.",
      "invalid_request_error",
      "unsupported_country_region_territory",
    );
  if (status === 404)
    return refuse(
      "The model does not exist or you do not have access to it.",
      "invalid_request_error",
      "model_not_found",
    );
  if (status === 429) {
    return refuse(
      "Rate limit reached in organization org-sim on requests per min (RPM): Limit 3, Used 3, Requested 1.",
      "requests",
      "rate_limit_exceeded",
    );
  }
  if (status === 503 || status === 529) {
    return refuse("The engine is currently overloaded, please try again later.", "server_error", "overloaded");
  }
  if (status >= 500) {
    return refuse("The server had an error while processing your request. Sorry about that!", "server_error", null);
  }
  return refuse("The request was refused, as the directive asked.", "invalid_request_error", null);
}
