import { AppError } from "#kernel";
import type { Timer } from "#providers";

/** How much of a body is read, and for how long. */
export interface BodyBounds {
  readonly limitBytes: number;
  /** The whole body's time: a client that sends a byte now and then would keep its connection and memory for ever. */
  readonly limitMs: number;
  readonly timer: Timer;
}

/** Up to here a body is read in one piece; a larger one is counted as it comes. */
const ONE_READ_MAX_BYTES = 262_144;

/**
 * Reads a request body whole, within its bounds: the length header is checked first, then every chunk is
 * counted, so a chunked body cannot slip past (traps G26, S18). Throws `body_too_large` or `request_timeout`; compressed bodies are refused,
 * because their real size is unknown before they are unpacked.
 */
export async function readBody(request: Request, bounds: BodyBounds): Promise<Uint8Array> {
  refuseEncoded(request);
  const { limitBytes } = bounds;
  const declared = Number(request.headers.get("content-length") ?? "0");
  if (declared > limitBytes) {
    // Unread bodies are cancelled, so that the connection does not go on receiving what nobody wants.
    await request.body?.cancel();
    throw tooLarge(limitBytes);
  }
  if (!request.body) return new Uint8Array(0);
  const { promise: timeout, resolve } = Promise.withResolvers<"timeout">();
  const stopTimer = bounds.timer.start(() => resolve("timeout"), bounds.limitMs);
  const isSmall = declared > 0 && declared <= ONE_READ_MAX_BYTES;
  const reading = isSmall ? readAtOnce(request, timeout) : collect(request.body, limitBytes, timeout);
  return await reading.finally(stopTimer);
}

/** One native read where the length is known and small: the connection itself gives no more than it declared. */
async function readAtOnce(request: Request, timeout: Promise<"timeout">): Promise<Uint8Array> {
  const result = await Promise.race([request.arrayBuffer(), timeout]);
  if (result === "timeout") throw new AppError("request_timeout");
  return new Uint8Array(result);
}

async function collect(
  body: ReadableStream<Uint8Array>,
  limitBytes: number,
  timeout: Promise<"timeout">,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (;;) {
    const result = await Promise.race([reader.read(), timeout]);
    if (result === "timeout") {
      // Not awaited: a body that does not come may not let go either.
      reader.cancel().catch(() => undefined);
      throw new AppError("request_timeout");
    }
    const { done, value } = result;
    if (done) break;
    length += value.byteLength;
    if (length > limitBytes) {
      await reader.cancel();
      throw tooLarge(limitBytes);
    }
    chunks.push(value);
  }
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** Reads a JSON body as text. Refuses other content types, and bytes that are not UTF-8. */
export async function readJsonText(request: Request, bounds: BodyBounds): Promise<string> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new AppError("unsupported_content_type");
  const bytes = await readBody(request, bounds);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new AppError("invalid_json");
  }
}

function refuseEncoded(request: Request): void {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") throw new AppError("unsupported_content_type");
}

function tooLarge(limitBytes: number): AppError {
  return new AppError("body_too_large", { params: { limit_bytes: limitBytes } });
}
