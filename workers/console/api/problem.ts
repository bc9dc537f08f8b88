import { ERRORS, type AppError } from "#kernel";

const MS_PER_SECOND = 1_000;

/** An error as the control API tells it (RFC 9457). `type` is the page of the docs that explains the code. */
export function problemResponse(error: AppError, requestId: string, siteUrl: string): Response {
  const { status } = ERRORS[error.code];
  const problem = {
    type: `${siteUrl}/docs/errors#${error.code}`,
    title: ERRORS[error.code].message.replaceAll(/\{\w+\}/g, "…"),
    status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    ...(error.param === null ? {} : { param: error.param }),
  };
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (error.retryAfterMs !== null) headers.set("retry-after", String(Math.ceil(error.retryAfterMs / MS_PER_SECOND)));
  return new Response(JSON.stringify(problem), { status, headers });
}
