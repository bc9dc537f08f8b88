import type { Directives } from "./directives.ts";
import { invalidRequest, type Refusal } from "./format.ts";

const KEY_SHOWN_CHARACTERS = 4;

/** The refusal for a request's key, or null when it is accepted. Any key is, unless a directive says otherwise. */
export function checkKey(authorization: string | undefined): Refusal | null {
  if (/^Bearer \S+$/i.test(authorization ?? "")) return null;
  return unauthorized(
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    null,
  );
}

/** The failure that the directives ask for, or null. `timesFailed` counts this prompt's failures so far. */
export function plannedFailure(
  directives: Directives,
  authorization: string | undefined,
  timesFailed: number,
): Refusal | null {
  const key = (authorization ?? "").replace(/^Bearer /i, "");
  if (directives.bad_key && !directives.echo_key) {
    const masked = `${key.slice(0, KEY_SHOWN_CHARACTERS)}****`;
    return unauthorized(`Incorrect API key provided: ${masked}.`, "invalid_api_key");
  }
  if (timesFailed >= (directives.fail_times ?? Infinity)) return null;
  if (directives.echo_key) {
    const refusal = failureOf(directives.fail ?? 401);
    return { ...refusal, message: `Incorrect API key provided: ${key}.` };
  }
  const status = directives.fail ?? (directives.fail_times === undefined ? null : 500);
  return status === null ? null : failureOf(status);
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
