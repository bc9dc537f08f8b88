import { encodeAnthropicError, encodeError, encodeGeminiError } from "#wire";
import type { AppError } from "#kernel";

/**
 * The body of an error in the words of whoever called: Anthropic's and Google's clients read their own shape only,
 * everybody else OpenAI's. The address tells, also where no route answered.
 */
export function encodeErrorFor(request: Request, error: AppError, requestId: string): string {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/v1beta/")) return encodeGeminiError(error, requestId);
  const isAnthropic = /^(?:\/v1)?\/messages(?:\/|$)/.test(pathname) || request.headers.has("anthropic-version");
  return isAnthropic ? encodeAnthropicError(error, requestId) : encodeError(error, requestId);
}
