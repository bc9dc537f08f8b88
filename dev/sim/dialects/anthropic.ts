import type { Dialect } from "../dialect.ts";
import type { Refusal } from "../format.ts";
import { tokenFrom } from "../text.ts";

/** https://docs.claude.com/en/api/errors */
const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

const MESSAGES: Readonly<Record<number, string>> = {
  400: "The request was refused, as the directive asked.",
  401: "invalid x-api-key",
  403: "Your API key does not have permission to use the specified resource.",
  404: "model: claude-sim",
  413: "Request exceeds the maximum size",
  429: "This request would exceed the rate limit for your organization of 50 requests per minute.",
  529: "Overloaded",
};

/** Anthropic's own: `x-api-key` and `anthropic-version`, errors with a type for each status, rate limits in headers. */
export const ANTHROPIC: Dialect = {
  checkKey({ headers }) {
    if (!headers["x-api-key"] && !/^Bearer \S+$/i.test(headers["authorization"] ?? "")) {
      return refuse(401, "x-api-key header is required");
    }
    const version = headers["anthropic-version"];
    if (version === undefined) return refuse(400, "anthropic-version: header is required");
    if (!/^20\d\d-\d\d-\d\d$/.test(version)) {
      return refuse(400, `anthropic-version: "${version}" is not a valid version`);
    }
    return null;
  },
  readKey: (headers) => headers["x-api-key"] ?? (headers["authorization"] ?? "").replace(/^Bearer /i, ""),
  failure: (status) => refuse(status, MESSAGES[status] ?? (status >= 500 ? "Internal server error" : "Bad request")),
  renderError: ({ status, message }, { requestNumber }) =>
    JSON.stringify({ type: "error", error: { type: typeOf(status), message }, request_id: requestId(requestNumber) }),
  headers: (requestNumber, promptTokens) => ({
    "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
    "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:00Z",
    "anthropic-ratelimit-tokens-limit": "2400000",
    "anthropic-ratelimit-tokens-remaining": String(2_400_000 - promptTokens),
    "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:00Z",
    "request-id": requestId(requestNumber),
  }),
};

const refuse = (status: number, message: string): Refusal => ({
  status,
  message,
  type: typeOf(status),
  param: null,
  code: null,
});

const typeOf = (status: number) => TYPES[status] ?? (status >= 500 ? "api_error" : "invalid_request_error");
const requestId = (requestNumber: number) => `req_011${tokenFrom(requestNumber, 21)}`;
