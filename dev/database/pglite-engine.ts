import { Worker } from "node:worker_threads";
import { PostgresError } from "./database.ts";
import { isWorkerReply, type WorkerReply, type WorkerRequest, type WorkerSettings } from "./pglite-messages.ts";

/** initdb of a new data directory takes most of it, on a slow disk. */
const START_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 10_000;

/** The embedded Postgres as a pipe: protocol bytes in, protocol bytes out. One request at a time; the caller queues. */
export class PgliteEngine {
  readonly #settings: WorkerSettings;
  #worker: Worker | null = null;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  /** False after a statement was cut off by its timeout, or Postgres ended by itself: the next `start` recovers the data. */
  get running(): boolean {
    return this.#worker !== null;
  }

  async start(): Promise<void> {
    const worker = new Worker(new URL("./pglite-worker.ts", import.meta.url), { workerData: this.#settings });
    this.#worker = worker;
    const reply = await this.#replyOf(worker, START_TIMEOUT_MS);
    if (reply.type !== "ready") throw new Error("the embedded Postgres did not start");
  }

  /** Sends frontend messages and returns the backend's. Throws `PostgresError` 57014 past the timeout, 57P02 on a crash. */
  async execute(bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const worker = this.#worker;
    if (!worker) throw stopped("the embedded Postgres is not running");
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    worker.postMessage({ type: "execute", bytes } satisfies WorkerRequest);
    const reply = await this.#replyOf(worker, timeoutMs);
    if (reply.type === "done" && reply.bytes) return reply.bytes;
    await this.#end();
    throw stopped(reply.type === "failed" ? reply.message : "the embedded Postgres answered out of turn");
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    worker.postMessage({ type: "close" } satisfies WorkerRequest);
    try {
      await this.#replyOf(worker, CLOSE_TIMEOUT_MS);
    } finally {
      await this.#end();
    }
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #replyOf(worker: Worker, timeoutMs: number): Promise<WorkerReply> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      };
      const onMessage = (message: unknown): void => {
        if (!isWorkerReply(message)) return;
        finish();
        resolve(message);
      };
      const onError = (error: unknown): void => {
        finish();
        this.#worker = null;
        reject(stopped(`the embedded Postgres stopped: ${error instanceof Error ? error.message : "unknown cause"}`));
      };
      const onExit = (): void => {
        finish();
        this.#worker = null;
        reject(stopped("the embedded Postgres stopped"));
      };
      const timer = setTimeout(() => {
        finish();
        const canceled = new PostgresError({
          severity: "ERROR",
          code: "57014",
          message: "canceling statement due to statement timeout",
        });
        this.#end().then(() => reject(canceled), reject);
      }, timeoutMs);
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    });
  }
}

function stopped(message: string): PostgresError {
  return new PostgresError({ severity: "FATAL", code: "57P02", message });
}
