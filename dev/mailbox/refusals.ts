/** A refusal in Resend's shape. Source of names, states and texts: resend.com/docs/api-reference/errors. */
export interface Refusal {
  readonly statusCode: number;
  readonly message: string;
  readonly name: string;
}

const refusal = (statusCode: number, name: string, message: string): Refusal => ({ statusCode, message, name });

export const refusals = {
  missingKey: refusal(401, "missing_api_key", "Missing API Key"),
  invalidKey: refusal(401, "validation_error", "API key is invalid"),
  invalidJson: refusal(400, "validation_error", "The request body is not valid JSON."),
  missingField: (field: string) => refusal(422, "missing_required_field", `Missing \`${field}\` field.`),
  missingContent: refusal(422, "validation_error", "Missing `html` or `text` field."),
  invalidField: (field: string) => refusal(422, "validation_error", `Invalid \`${field}\` field.`),
  invalidAddress: (field: string) =>
    refusal(
      422,
      "validation_error",
      `Invalid \`${field}\` field. The email address needs to follow the \`email@example.com\` or \`Name <email@example.com>\` format.`,
    ),
  invalidIdempotencyKey: refusal(
    400,
    "invalid_idempotency_key",
    "Idempotency keys, if present, must have between 1 and 256 characters.",
  ),
  otherPayload: refusal(
    409,
    "invalid_idempotent_request",
    "This idempotency key has been used on a request that had a different payload.",
  ),
  notFound: refusal(404, "not_found", "The requested endpoint does not exist."),
  methodNotAllowed: refusal(405, "method_not_allowed", "Method is not allowed for the requested path."),
  rateLimited: refusal(
    429,
    "rate_limit_exceeded",
    "Too many requests. You can only make 2 requests per second. See rate limit response headers for more information.",
  ),
  broken: refusal(500, "internal_server_error", "An unexpected error occurred."),
} as const;
