import * as z from "zod/mini";
import type { ErrorCode } from "#kernel";
import { parseJson, safeToken } from "#wire";
import { readRetryAfterMs } from "../retry-after.ts";
import type { UpstreamErrorAnswer, UpstreamFault } from "../spec.ts";

const errorFields = z.looseObject({
  code: z.optional(z.unknown()),
  type: z.optional(z.unknown()),
  param: z.optional(z.unknown()),
});

/** `{ error: {…} }` (OpenAI, Groq, DeepSeek) or flat (Mistral; xAI, whose `error` is a sentence). */
const errorBody = z.union([z.looseObject({ error: errorFields }), errorFields]);

interface Verdict {
  readonly code: ErrorCode;
  readonly retryable: boolean;
}

const INVALID: Verdict = { code: "upstream_invalid_request", retryable: false };
const REJECTED: Verdict = { code: "upstream_rejected", retryable: false };
const OVERLOADED: Verdict = { code: "upstream_overloaded", retryable: true };
const TIMEOUT: Verdict = { code: "upstream_timeout", retryable: true };
const FAILED: Verdict = { code: "upstream_error", retryable: true };
const BROKEN: Verdict = { code: "upstream_error", retryable: false };

/** What a status says about whose fault it is. 402: our account there is empty. 404: our name for the model is wrong. */
const BY_STATUS: ReadonlyMap<number, Verdict> = new Map([
  [400, INVALID],
  [401, REJECTED],
  [402, REJECTED],
  [403, REJECTED],
  [404, REJECTED],
  [405, REJECTED],
  [408, TIMEOUT],
  [409, FAILED],
  [410, REJECTED],
  [413, INVALID],
  [415, INVALID],
  [422, INVALID],
  [425, FAILED],
  [429, { code: "upstream_rate_limited", retryable: true }],
  [498, OVERLOADED],
  [501, BROKEN],
  [503, OVERLOADED],
  [504, TIMEOUT],
  [524, TIMEOUT],
  [529, OVERLOADED],
]);

/** OpenAI answers 429 with one of these when the account has no credit: waiting does not help, and it is ours to pay. */
const OUT_OF_CREDIT: ReadonlySet<string> = new Set(["insufficient_quota", "billing_hard_limit_reached"]);

/** Maps an error answer of an OpenAI-compatible provider. Its message is never read, so it cannot leave (S3, G20). */
export function mapError({ status, headers, bodyText, nowMs }: UpstreamErrorAnswer): UpstreamFault {
  const fields = readFields(bodyText);
  const upstreamCode = safeToken(fields?.code) ?? safeToken(fields?.type);
  const isOutOfCredit = status === 429 && upstreamCode !== null && OUT_OF_CREDIT.has(upstreamCode);
  const verdict = isOutOfCredit ? REJECTED : (BY_STATUS.get(status) ?? (status >= 500 ? FAILED : BROKEN));
  return {
    code: verdict.code,
    status,
    upstreamCode,
    upstreamParam: verdict === INVALID ? readParam(fields?.param) : null,
    retryAfterMs: verdict.retryable ? readRetryAfterMs(headers, nowMs) : null,
    retryable: verdict.retryable,
  };
}

function readFields(bodyText: string): z.infer<typeof errorFields> | null {
  const result = errorBody.safeParse(parseJson(bodyText));
  if (!result.success) return null;
  const { error } = result.data;
  const nested = errorFields.safeParse(error);
  return nested.success ? nested.data : result.data;
}

/** `messages[0].content` as `messages`: what follows the first name may be the caller's own words. */
function readParam(param: unknown): string | null {
  return typeof param === "string" ? safeToken(/^[a-z_]+/.exec(param)?.[0]) : null;
}
