import { AppError, type ErrorCode } from "#kernel";
import type { UpstreamFault } from "./spec.ts";

/** A fault that the provider did not put into words: no answer, a timeout, a broken stream. */
export function upstreamFault(code: ErrorCode, retryable: boolean, status: number | null = null): UpstreamFault {
  return { code, status, upstreamCode: null, upstreamParam: null, retryAfterMs: null, retryable };
}

/** The error that a caller gets for a fault. */
export function faultToError(fault: UpstreamFault): AppError {
  return new AppError(fault.code, {
    params: { upstream_code: fault.upstreamCode ?? "no code given" },
    ...(fault.upstreamParam === null ? {} : { param: fault.upstreamParam }),
    ...(fault.retryAfterMs === null ? {} : { retryAfterMs: fault.retryAfterMs }),
  });
}
