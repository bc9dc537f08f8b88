/**
 * The API key a client sent: `Authorization: Bearer`, as OpenAI's SDKs do, `x-api-key` (Anthropic's) or
 * `x-goog-api-key` (Google's). Null when none was sent. Keys are never read from the URL: URLs end up in logs.
 */
export function sentApiKey(headers: Headers): string | null {
  const authorization = headers.get("authorization");
  const bearer = authorization === null ? null : /^Bearer +(\S+) *$/i.exec(authorization);
  return bearer?.[1] ?? headers.get("x-api-key") ?? headers.get("x-goog-api-key") ?? authorization;
}
