import { anthropicClient, encodeError, geminiClient } from "#wire";
import type { AppError } from "#kernel";

/**
 * The body of an error in the words of whoever called: Anthropic's and Google's clients read their own shape only,
 * everybody else OpenAI's. The address tells, also where no route answered.
 */
export function encodeErrorFor(request: Request, error: AppError, requestId: string): string {
  const { pathname } = new URL(request.url);
  const isGemini = pathname.startsWith("/v1beta/") || (request.method === "POST" && pathname.startsWith("/v1/models/"));
  if (isGemini) return geminiClient.encodeError(error, requestId);
  const isAnthropic = /^(?:\/v1)?\/messages(?:\/|$)/.test(pathname) || request.headers.has("anthropic-version");
  return isAnthropic ? anthropicClient.encodeError(error, requestId) : encodeError(error, requestId);
}
