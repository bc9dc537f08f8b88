/**
 * The one table of everything that can be refused or fail. `docs/errors.md` is generated from it, the HTTP layer maps
 * from it, and a code once published keeps its meaning. Source: design GATEWAY section 1, STYLE rule 7.
 */
export interface ErrorDefinition {
  readonly status: number;
  /** OpenAI's `error.type`. */
  readonly type:
    | "invalid_request_error"
    | "authentication_error"
    | "permission_error"
    | "insufficient_quota"
    | "rate_limit_error"
    | "api_error";
  /** What the caller reads. `{name}` is filled from the error's params. Never holds content, keys or upstream text. */
  readonly message: string;
  /** Sent as `x-should-retry`, which the official SDKs obey before their own rules. */
  readonly retry: boolean;
  /** For `docs/errors.md`: why it happens and what to do, one or two sentences. */
  readonly help: string;
}

const define = <Codes extends string>(table: Record<Codes, ErrorDefinition>) => table;

export const ERRORS = define({
  missing_api_key: {
    status: 401,
    type: "authentication_error",
    message: "No API key was sent. Send it as 'Authorization: Bearer prism_…'.",
    retry: false,
    help: "Add the header `Authorization: Bearer <key>` (or `x-api-key`, or `x-goog-api-key`). Keys are made in the dashboard.",
  },
  malformed_api_key: {
    status: 401,
    type: "authentication_error",
    message: "This is not a Prismatic API key. Keys start with 'prism_live_' or 'prism_test_'.",
    retry: false,
    help: "The value has not the form of one of our keys. Check that you did not paste another provider's key, or only a part.",
  },
  invalid_api_key: {
    status: 401,
    type: "authentication_error",
    message: "Incorrect API key provided.",
    retry: false,
    help: "The key has the right form, but it is mistyped, was never made, or belongs to another deployment.",
  },
  api_key_revoked: {
    status: 401,
    type: "authentication_error",
    message: "This API key was revoked.",
    retry: false,
    help: "Somebody revoked or rotated the key. Make a new one in the dashboard.",
  },
  api_key_disabled: {
    status: 403,
    type: "permission_error",
    message: "This API key is disabled.",
    retry: false,
    help: "An admin of the organization switched the key off; they can switch it on again.",
  },
  api_key_expired: {
    status: 401,
    type: "authentication_error",
    message: "This API key expired.",
    retry: false,
    help: "The key had an expiry and it has passed. Make a new one, or rotate keys before they expire.",
  },
  organization_suspended: {
    status: 403,
    type: "permission_error",
    message: "This organization is suspended. Contact support@prismaticapi.com.",
    retry: false,
    help: "New requests are refused while an organization is suspended; reading and billing stay open.",
  },
  scope_denied: {
    status: 403,
    type: "permission_error",
    message: "This API key lacks the scope '{scope}'.",
    retry: false,
    help: "Give the key that scope, or use another key.",
  },
  model_not_allowed: {
    status: 403,
    type: "permission_error",
    message: "This API key may not use the model '{model}'.",
    retry: false,
    help: "The key or its organization has a list of allowed models and this one is not on it.",
  },
  ip_not_allowed: {
    status: 403,
    type: "permission_error",
    message: "This API key may not be used from this address.",
    retry: false,
    help: "The key has an IP allow-list. Add your address to it in the dashboard.",
  },
  test_key_live_model: {
    status: 403,
    type: "permission_error",
    message: "Test keys reach only the sandbox models. '{model}' needs a live key.",
    retry: false,
    help: "Use a `prism_live_` key, or one of the models that `GET /v1/models` lists for a test key.",
  },
  live_key_sandbox_model: {
    status: 403,
    type: "permission_error",
    message: "'{model}' is a sandbox model: use a test key.",
    retry: false,
    help: "Sandbox models answer only test keys, so that no live traffic is served by them by mistake.",
  },
  invalid_json: {
    status: 400,
    type: "invalid_request_error",
    message: "The request body is not valid JSON.",
    retry: false,
    help: "Send one JSON object in UTF-8.",
  },
  invalid_parameter: {
    status: 400,
    type: "invalid_request_error",
    message: "Invalid value for '{param}': {reason}",
    retry: false,
    help: "`error.param` names the parameter. See the API reference for its type.",
  },
  unsupported_parameter: {
    status: 400,
    type: "invalid_request_error",
    message: "'{param}' is not supported here.",
    retry: false,
    help: "The endpoint or the model cannot honour this parameter; it is refused rather than ignored.",
  },
  model_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "The model '{model}' does not exist.{suggestion}",
    retry: false,
    help: "`GET /v1/models` lists every model id. The message names near matches.",
  },
  model_unavailable: {
    status: 503,
    type: "api_error",
    message: "No configured provider serves the model '{model}' right now.",
    retry: true,
    help: "The model is known and no endpoint that serves it is usable. Try later, or use another model.",
  },
  model_unpriced: {
    status: 503,
    type: "api_error",
    message: "The model '{model}' has no known price for '{unit}', so this request was refused.",
    retry: false,
    help: "What has no price is never called: it would be free by mistake or billed by guess. Use another model, or ask support.",
  },
  model_not_supported: {
    status: 400,
    type: "invalid_request_error",
    message: "The model '{model}' does not support {operation}.",
    retry: false,
    help: "For example an embedding model on the chat endpoint. The model's entry in `GET /v1/models` names what it can do.",
  },
  not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "There is nothing at this address.",
    retry: false,
    help: "Check the path and the base URL: SDKs want `https://api.prismaticapi.com/v1`.",
  },
  generation_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "No generation with this id belongs to your organization.",
    retry: false,
    help: "The id is the `x-request-id` of a call made by the same organization. A receipt appears when its call has ended.",
  },
  method_not_allowed: {
    status: 405,
    type: "invalid_request_error",
    message: "This address does not answer {method}.",
    retry: false,
    help: "The `Allow` header names what it answers.",
  },
  unsupported_content_type: {
    status: 415,
    type: "invalid_request_error",
    message: "Send the body as 'Content-Type: application/json'.",
    retry: false,
    help: "The body came with another content type, or was compressed.",
  },
  body_too_large: {
    status: 413,
    type: "invalid_request_error",
    message: "The request body is larger than {limit_bytes} bytes.",
    retry: false,
    help: "Send large files by URL, or split the request. The limit is counted while reading, with and without a length header.",
  },
  insufficient_credit: {
    status: 402,
    type: "insufficient_quota",
    message: "Your organization's balance does not cover this request. Add credit or lower the output maximum.",
    retry: false,
    help: "A hold for the most that the request can cost did not fit the balance. Nothing was charged.",
  },
  key_budget_exceeded: {
    status: 402,
    type: "insufficient_quota",
    message: "This API key's budget for the {period} does not cover this request.",
    retry: false,
    help: "Raise the key's budget, wait for its next period, or lower the output maximum. Nothing was charged.",
  },
  max_cost_exceeded: {
    status: 402,
    type: "insufficient_quota",
    message: "This request could cost more than its 'x-prismatic-max-cost'.",
    retry: false,
    help: "Lower the output maximum or raise the header. Nothing was charged.",
  },
  rate_limit_requests: {
    status: 429,
    type: "rate_limit_error",
    message: "This API key reached its limit of {limit} requests per minute.",
    retry: true,
    help: "`Retry-After` says when the next request fits. Nothing was charged.",
  },
  rate_limit_tokens: {
    status: 429,
    type: "rate_limit_error",
    message: "This API key reached its limit of {limit} tokens per minute.",
    retry: true,
    help: "`Retry-After` says when a request of this size fits. Input and output maximum count at admission; the real usage replaces them.",
  },
  rate_limit_concurrency: {
    status: 429,
    type: "rate_limit_error",
    message: "This API key reached its limit of {limit} requests at once.",
    retry: true,
    help: "A slot is free again when a running request ends.",
  },
  request_exceeds_token_limit: {
    status: 400,
    type: "invalid_request_error",
    message: "This request needs more tokens than this API key may use in a minute ({limit}).",
    retry: false,
    help: "It can never fit: lower the output maximum or raise the key's tokens per minute.",
  },
  account_unavailable: {
    status: 503,
    type: "api_error",
    message: "The account service did not answer, so the request was not admitted. Nothing was charged.",
    retry: true,
    help: "Limits fail closed: no request runs that was not admitted. Retry with backoff.",
  },
  store_unavailable: {
    status: 503,
    type: "api_error",
    message: "The record store did not answer.",
    retry: true,
    help: "Only look-ups of older receipts depend on it; inference goes on. Retry with backoff.",
  },
  upstream_invalid_request: {
    status: 400,
    type: "invalid_request_error",
    message: "The provider refused this request as invalid ({upstream_code}).",
    retry: false,
    help: "A parameter is wrong or not supported by this model. The provider's own text is not relayed. Nothing was charged.",
  },
  upstream_rejected: {
    status: 502,
    type: "api_error",
    message: "The provider refused our credentials or does not know the model. We were told; nothing was charged.",
    retry: false,
    help: "A fault of ours or of the provider, not of your request.",
  },
  upstream_rate_limited: {
    status: 429,
    type: "rate_limit_error",
    message: "The provider is limiting requests for this model.",
    retry: true,
    help: "`Retry-After` relays the provider's wait where it named one. Nothing was charged.",
  },
  upstream_overloaded: {
    status: 503,
    type: "api_error",
    message: "The provider is overloaded.",
    retry: true,
    help: "Retry with backoff, or use another model. Nothing was charged.",
  },
  upstream_error: {
    status: 502,
    type: "api_error",
    message: "The provider failed to answer this request.",
    retry: true,
    help: "The provider answered with an error or with something that is not a response. Nothing was charged.",
  },
  upstream_timeout: {
    status: 504,
    type: "api_error",
    message: "The provider did not answer in time.",
    retry: true,
    help: "No answer began within the time allowed. Nothing was charged unless output had already been delivered.",
  },
  upstream_stream_interrupted: {
    status: 502,
    type: "api_error",
    message: "The provider's stream broke off before its end.",
    retry: true,
    help: "Sent inside the stream. What had been delivered is charged, by measured usage or by a marked estimate.",
  },
  internal_error: {
    status: 500,
    type: "api_error",
    message: "Something failed on our side.",
    retry: true,
    help: "Quote the request id to support. Nothing is charged that was not delivered.",
  },
});

export type ErrorCode = keyof typeof ERRORS;
