import type { Clock } from "#kernel";
import type { Refusal } from "./bounds.ts";
import { encodeChunks, encodeCompletion } from "./encode-chat.ts";
import { encodeEmbeddings } from "./embed.ts";
import { textOf } from "./json-fields.ts";
import { readBody } from "./read-body.ts";
import { readChat, type SandboxChat } from "./read-chat.ts";

export interface SandboxOptions {
  /** For `created`. */
  readonly clock: Clock;
  /** Awaited before an answer (0) and before each further chunk of a stream (1, 2, …). By default nothing waits. */
  readonly delay?: (chunk: number) => Promise<void>;
}

/** The part of `fetch` that providers use. */
export type SandboxFetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a last user message may ask for, so that a client's error handling can be tried without spending anything. */
const ORDER = /\bsandbox:(error-(400|404|408|429|500|503|529)|timeout|interrupt)\b/;
const RETRY_AFTER_SECONDS = 1;
const INTERRUPT_AFTER_CHUNKS = 4;

/**
 * The gateway's own provider, which answers test keys: free, deterministic, no I/O. It speaks OpenAI's chat completions
 * (`…/chat/completions`) and embeddings (`…/embeddings`), streamed by pull.
 *
 * - `echo` repeats the last user message. `lorem` writes exactly the maximum the request names, or 64 tokens.
 * - `embed` makes unit vectors of 256 numbers, or of `dimensions`.
 * - `tool_choice` that demands a tool gets a call of it; `response_format` gets JSON of that shape.
 * - `sandbox:error-400|404|408|429|500|503|529` in the last user message answers with that status;
 *   `sandbox:timeout` never answers; `sandbox:interrupt` breaks a stream off after four chunks.
 *
 * What one call may cost is bounded (`bounds.ts`): an answer's end is then `length`, a request's refusal a 400 with a
 * code. The body must be a string. Rejects with the signal's reason when aborted. One token is up to six letters, or one sign.
 */
export function createSandboxFetch({ clock, delay }: SandboxOptions): SandboxFetch {
  return async (url, init) => {
    const signal = init.signal ?? null;
    signal?.throwIfAborted();
    const body = readBody(textOf(init.body) ?? "");
    if (!body.ok) return refuseRequest(body);
    const model = (textOf(body.fields["model"]) ?? "").replace(/^sandbox\//, "");
    await until(delay?.(0), signal);

    if (url.endsWith("/embeddings") && model === "embed") {
      const embeddings = encodeEmbeddings(body.fields);
      return embeddings.ok ? respond(embeddings.json) : refuseRequest(embeddings);
    }
    if (!url.endsWith("/chat/completions") || (model !== "echo" && model !== "lorem")) {
      return refuse(404, "There is no such sandbox model here.");
    }
    const read = readChat(body.fields, model);
    if (!read.ok) return refuseRequest(read);
    const { chat } = read;
    const order = ORDER.exec(chat.lastUserText);
    if (order?.[2] !== undefined) return refuse(Number(order[2]), "The message asked for this error.");
    if (order?.[1] === "timeout") await untilAborted(signal);
    const createdSeconds = Math.floor(clock.nowMs() / 1_000);
    if (!chat.stream) return respond(encodeCompletion(chat, COMPLETION_ID, createdSeconds));
    const breakAfter = order?.[1] === "interrupt" ? INTERRUPT_AFTER_CHUNKS : Infinity;
    return streamChat(chat, createdSeconds, breakAfter, signal, delay);
  };
}

/** Always the same: the gateway's own request id tells calls apart. */
const COMPLETION_ID = "chatcmpl-sandbox";

/** One event per pull, so a slow client holds one chunk in memory and an abort ends the work. */
function streamChat(
  chat: SandboxChat,
  createdSeconds: number,
  breakAfter: number,
  signal: AbortSignal | null,
  delay: SandboxOptions["delay"],
): Response {
  const encoder = new TextEncoder();
  const chunks = encodeChunks(chat, COMPLETION_ID, createdSeconds);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (sent > 0) await until(delay?.(sent), signal);
        signal?.throwIfAborted();
        if (sent >= breakAfter) throw new TypeError("The sandbox broke the stream off, as the message asked.");
        const next = chunks.next();
        if (next.done) return controller.close();
        sent += 1;
        controller.enqueue(encoder.encode(next.value));
      },
      cancel() {
        chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

/** Waits for the promise, and rejects at once when the signal aborts. */
async function until(promise: Promise<void> | undefined, signal: AbortSignal | null): Promise<void> {
  if (promise === undefined || signal === null) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Without a signal nothing could end the wait, so there is none. */
async function untilAborted(signal: AbortSignal | null): Promise<never> {
  if (signal === null) throw new TypeError("The sandbox never answers this message: send a signal.");
  signal.throwIfAborted();
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function respond(json: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(json, { status, headers: { "content-type": "application/json", ...headers } });
}

function refuse(status: number, message: string): Response {
  const type = status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error";
  const wait = status === 429 || status === 503 ? { "retry-after": String(RETRY_AFTER_SECONDS) } : {};
  return respond(JSON.stringify({ error: { message, type, param: null, code: `sandbox_${status}` } }), status, wait);
}

function refuseRequest({ code, param, message }: Refusal): Response {
  return respond(JSON.stringify({ error: { message, type: "invalid_request_error", param, code } }), 400);
}
