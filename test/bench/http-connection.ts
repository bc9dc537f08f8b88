import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { HttpMessageReader } from "./http-message.ts";

/** One byte that every content chunk of the bench's upstream holds once and nothing else does: chunks are counted by it. */
export const CHUNK_MARKER = "^";
const MARKER_CODE = CHUNK_MARKER.charCodeAt(0);
const ERROR_TEXT_MAX_CHARACTERS = 300;
/** No answer of the bench takes this long; a target that hangs ends the run with its name instead of a silent wait. */
const EXCHANGE_TIMEOUT_MS = 30_000;

export interface Exchange {
  readonly status: number;
  /** Content chunks in the answer. */
  readonly chunks: number;
  readonly bodyBytes: number;
  /** From the request's write to the first byte of the answer that holds content; null when none does. */
  readonly firstChunkMs: number | null;
  readonly durationMs: number;
}

interface Running {
  readonly startMs: number;
  readonly resolve: (exchange: Exchange) => void;
  readonly reject: (error: Error) => void;
  readonly onChunks: ((count: number) => void) | null;
  chunks: number;
  bodyBytes: number;
  firstChunkMs: number | null;
  errorText: string;
}

/** One keep-alive connection to a loopback port; one request at a time. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #reader = new HttpMessageReader();
  #running: Running | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(EXCHANGE_TIMEOUT_MS, () => this.#fail(new Error("no byte came in time")));
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the connection closed before the answer was complete")));
  }

  /** Connects to 127.0.0.1. Rejects when nobody listens. */
  static async open(port: number): Promise<HttpConnection> {
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    return new HttpConnection(socket);
  }

  /**
   * Sends one whole request and resolves with its complete answer. `onChunks` hears of content chunks as they arrive.
   * Rejects on any status but 200, with the beginning of the body, so that a refused request never counts as a fast one.
   */
  exchange(request: Uint8Array, onChunks: ((count: number) => void) | null = null): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      if (this.#running) throw new Error("one request at a time");
      this.#running = {
        startMs: performance.now(),
        resolve,
        reject,
        onChunks,
        chunks: 0,
        bodyBytes: 0,
        firstChunkMs: null,
        errorText: "",
      };
      this.#socket.write(request);
    });
  }

  /** Ends the connection, in the middle of an answer too. */
  close(): void {
    this.#running = null;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const running = this.#running;
    if (!running) return;
    try {
      if (this.#reader.feed(chunk, (part) => this.#countBody(running, part))) this.#finish(running);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #countBody(running: Running, part: Buffer): void {
    running.bodyBytes += part.length;
    if (!this.#isOk()) {
      running.errorText = (running.errorText + part.toString("latin1")).slice(0, ERROR_TEXT_MAX_CHARACTERS);
      return;
    }
    let count = 0;
    for (let at = part.indexOf(MARKER_CODE); at >= 0; at = part.indexOf(MARKER_CODE, at + 1)) count += 1;
    if (count === 0) return;
    running.firstChunkMs ??= performance.now() - running.startMs;
    running.chunks += count;
    running.onChunks?.(count);
  }

  #isOk(): boolean {
    return this.#reader.head.startsWith("HTTP/1.1 200");
  }

  #finish(running: Running): void {
    if (!this.#isOk()) {
      this.#fail(new Error(`${this.#reader.head.slice(0, 40).split("\r\n")[0] ?? ""}: ${running.errorText}`));
      return;
    }
    this.#running = null;
    running.resolve({
      status: 200,
      chunks: running.chunks,
      bodyBytes: running.bodyBytes,
      firstChunkMs: running.firstChunkMs,
      durationMs: performance.now() - running.startMs,
    });
  }

  #fail(error: Error): void {
    const running = this.#running;
    this.#running = null;
    this.#socket.destroy();
    running?.reject(error);
  }
}
