import { ERRORS, type ErrorCode } from "./error-table.ts";

export interface AppErrorOptions {
  /** Fills `{name}` in the message of the table. Only our own words and numbers, never content, keys or upstream text. */
  readonly params?: Readonly<Record<string, string | number>>;
  /** The request parameter at fault, for `error.param`. */
  readonly param?: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A refusal or fault with a stable code from the one table. Adapters turn it into their caller's own error shape. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly param: string | null;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(fillMessage(ERRORS[code].message, options.params ?? {}), { cause: options.cause });
    this.code = code;
    this.param = options.param ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

const PARAM_MAX_CHARACTERS = 128;

/** Params may echo what a caller sent (a model name): control characters go, and length is bounded (trap G27). */
function fillMessage(template: string, params: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(params[name] ?? "");
    return value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").slice(0, PARAM_MAX_CHARACTERS);
  });
}
