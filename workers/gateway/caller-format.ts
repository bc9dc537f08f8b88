const GOOGLE_READS = /^(?:\/v1)?\/models(?:\/|$)/;

/**
 * Whose words a caller reads: Anthropic's and Google's clients know their own shapes only, everybody else OpenAI's. The
 * address tells, also where no route answers.
 */
export function callerFormat(request: Request): "anthropic" | "gemini" | "openai" {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/v1beta/")) return "gemini";
  if (request.method === "POST" && /^\/v1\/models\/.+:[A-Za-z]+$/.test(pathname)) return "gemini";
  // Google's own client asks for the catalogue below `/v1`, where OpenAI's does too; only it says its name.
  if (GOOGLE_READS.test(pathname) && request.headers.has("x-goog-api-client")) return "gemini";
  const isAnthropic = /^(?:\/v1)?\/messages(?:\/|$)/.test(pathname) || request.headers.has("anthropic-version");
  return isAnthropic ? "anthropic" : "openai";
}
