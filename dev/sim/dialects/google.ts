import type { Dialect } from "../dialect.ts";
import type { Refusal } from "../format.ts";

/** Names of google.rpc.Code by HTTP status. Source: Google Cloud API design guide, error model. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

const MESSAGES: Readonly<Record<number, string>> = {
  400: "Request contains an invalid argument.",
  401: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
  403: "The caller does not have permission",
  404: "models/gemini-sim is not found for API version v1beta, or is not supported for generateContent.",
  429: "You exceeded your current quota, please check your plan and billing details.",
  503: "The model is overloaded. Please try again later.",
  504: "The request timed out. Please try again.",
};

const RETRY_SECONDS_DEFAULT = 34;
const INVALID_KEY = "API_KEY_INVALID";
const RPC = "type.googleapis.com/google.rpc.";

/** Google's own: `x-goog-api-key`, errors with a status name and typed details. A wrong key is a 400 there. */
export const GOOGLE: Dialect = {
  checkKey({ headers }) {
    if (headers["x-goog-api-key"]) return null;
    return refuse(
      403,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    );
  },
  readKey: (headers) => headers["x-goog-api-key"] ?? "",
  badKey: () => ({ ...refuse(400, "API key not valid. Please pass a valid API key."), code: INVALID_KEY }),
  failure: (status) =>
    refuse(status, MESSAGES[status] ?? (status >= 500 ? "An internal error has occurred." : "Bad Request")),
  renderError(refusal, { retryAfterSeconds }) {
    const { status, message } = refusal;
    const details = detailsOf(refusal, retryAfterSeconds);
    const error = { code: status, message, status: nameOf(status), ...(details.length === 0 ? {} : { details }) };
    return JSON.stringify({ error }, null, 2);
  },
  headers: () => ({ "server-timing": "gfet4t7; dur=7", vary: "Origin, X-Origin, Referer" }),
};

const refuse = (status: number, message: string): Refusal => ({
  status,
  message,
  type: nameOf(status),
  param: null,
  code: null,
});

const nameOf = (status: number) => STATUS_NAMES[status] ?? (status >= 500 ? "INTERNAL" : "FAILED_PRECONDITION");

function detailsOf({ status, message, param, code }: Refusal, retryAfterSeconds: number | null) {
  if (status === 429) {
    return [
      {
        "@type": `${RPC}QuotaFailure`,
        violations: [{ quotaId: "GenerateRequestsPerMinutePerProjectPerModel-FreeTier" }],
      },
      { "@type": `${RPC}RetryInfo`, retryDelay: `${retryAfterSeconds ?? RETRY_SECONDS_DEFAULT}s` },
    ];
  }
  if (code === INVALID_KEY) {
    return [
      {
        "@type": `${RPC}ErrorInfo`,
        reason: INVALID_KEY,
        domain: "googleapis.com",
        metadata: { service: "generativelanguage.googleapis.com" },
      },
      { "@type": `${RPC}LocalizedMessage`, locale: "en-US", message },
    ];
  }
  if (status !== 400 || param === null) return [];
  return [{ "@type": `${RPC}BadRequest`, fieldViolations: [{ field: param, description: message }] }];
}
