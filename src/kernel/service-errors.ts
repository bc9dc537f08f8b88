import { defineErrors } from "./error-definition.ts";

/** What fails on our side or at a provider: not the caller's fault, never charged beyond what was delivered. */
export const SERVICE_ERRORS = defineErrors({
  account_unavailable: {
    status: 503,
    type: "api_error",
    message: "The account service did not answer.",
    retry: true,
    help: "Limits fail closed: no request runs that was not admitted, and nothing was charged. Inside a stream: nothing is delivered beyond what is held for it, and what had been delivered is charged. Retry with backoff.",
  },
  store_unavailable: {
    status: 503,
    type: "api_error",
    message: "The record store did not answer.",
    retry: true,
    help: "Only look-ups of older receipts depend on it; inference goes on. Retry with backoff.",
  },
  door_unavailable: {
    status: 503,
    type: "api_error",
    message: "This cannot be done for a moment. Try again shortly.",
    retry: true,
    help: "The service that counts attempts did not answer, and this kind of attempt waits for it. Nothing was done; `Retry-After` says when to try again.",
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
    message: "The provider refused our credentials or does not know the model. Nothing was charged.",
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
  response_too_large: {
    status: 502,
    type: "api_error",
    message: "The provider's answer is larger than this gateway relays whole.",
    retry: false,
    help: "Ask for less output or fewer inputs at once, or stream the answer. Nothing was charged.",
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
