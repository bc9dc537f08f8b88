/** The one request that every target gets: an ordinary chat call of about 600 bytes, as the official SDKs send it. */
const SYSTEM_PROMPT =
  "You are a support assistant of a small web shop. Answer in one short paragraph, name the order number, and never promise a date.";
const USER_PROMPT =
  "Order 20417 has not arrived. It was sent two weeks ago with standard delivery, and the tracking page has not changed since. What should I do?";

export const BENCH_MODEL = "openai/gpt-4o-mini";
const MAX_TOKENS = 256;

export interface StreamShape {
  readonly chunks: number;
  /** Between two chunks; 0 sends them as fast as they are taken. */
  readonly gapMs: number;
}

export interface Destination {
  readonly port: number;
  readonly path: string;
  readonly apiKey: string;
}

/** The body of the call as JSON text. A stream's shape travels in the prompt, which every target passes on untouched. */
export function chatBody(stream: StreamShape | null, model: string = BENCH_MODEL): string {
  return JSON.stringify({
    model,
    messages: [
      { role: "system", content: SYSTEM_PROMPT },
      { role: "user", content: userPrompt(stream) },
    ],
    max_tokens: MAX_TOKENS,
    temperature: 0.2,
    ...(stream ? { stream: true } : {}),
  });
}

/** The same call as Anthropic's SDK sends it. */
export function messagesBody(stream: StreamShape, model: string): string {
  return JSON.stringify({
    model,
    system: SYSTEM_PROMPT,
    messages: [{ role: "user", content: userPrompt(stream) }],
    max_tokens: MAX_TOKENS,
    stream: true,
  });
}

function userPrompt(stream: StreamShape | null): string {
  return stream ? `${USER_PROMPT} [[bench chunks=${stream.chunks} gap_ms=${stream.gapMs}]]` : USER_PROMPT;
}

/** The whole HTTP/1.1 request as bytes, made once per target: building it costs the load generator nothing per call. */
export function chatRequest(destination: Destination, stream: StreamShape | null = null): Uint8Array {
  return requestBytes(destination, chatBody(stream));
}

/** Any call's request as bytes. */
export function requestBytes(destination: Destination, body: string): Uint8Array {
  return Buffer.from(
    [
      `POST ${destination.path} HTTP/1.1`,
      `host: 127.0.0.1:${destination.port}`,
      `authorization: Bearer ${destination.apiKey}`,
      "content-type: application/json",
      "accept: application/json",
      "user-agent: OpenAI/JS 7.57.0",
      `content-length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}

/**
 * Reads a stream's shape back from a request's path and body; null when it asks for no stream. Gemini says in the path
 * that it streams. Bounded, so that a typo cannot run forever.
 */
export function readStreamShape(requestText: string, path = ""): StreamShape | null {
  if (!requestText.includes('"stream":true') && !path.includes(":streamGenerateContent")) return null;
  const match = /\[\[bench chunks=(\d{1,6}) gap_ms=(\d{1,4})\]\]/.exec(requestText);
  return match ? { chunks: Number(match[1]), gapMs: Number(match[2]) } : { chunks: 1, gapMs: 0 };
}
