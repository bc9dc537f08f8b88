const ANSWER_MS = 8_000;
/** Tokens, keys and profiles are a few kB. */
const ANSWER_BYTES_MAX = 256 * 1024;

interface Asked {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: NonNullable<Parameters<typeof fetch>[1]>["body"] | undefined;
}

/** fetch, with an end: of its time and of what it reads. Redirects are not followed: no provider of ours needs one. */
export async function boundedFetch(url: string, { method, headers: sent, body = null }: Asked): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: sent,
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > ANSWER_BYTES_MAX) throw new RangeError("an answer of a sign-in provider is too long");
    parts.push(part);
  }
  const { status, headers } = response;
  return new Response(parts.length === 0 ? null : new Blob(parts.map((part) => Uint8Array.from(part))), {
    status,
    headers,
  });
}
