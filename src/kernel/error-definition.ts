/** One row of the error table. */
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

/** Keeps the codes of a table as literal types while checking every row. */
export const defineErrors = <Codes extends string>(
  table: Record<Codes, ErrorDefinition>,
): Record<Codes, ErrorDefinition> => table;
