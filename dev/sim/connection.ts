import type { ServerResponse } from "node:http";

/** One answer's socket: waits that end when the client hangs up, and writes that respect back-pressure. */
export class Connection {
  readonly #response: ServerResponse;
  #gone: boolean;
  #wake: (() => void) | null = null;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#gone = response.destroyed || response.closed;
    response.once("close", () => {
      this.#gone = true;
      this.#wake?.();
    });
    response.on("drain", () => this.#wake?.());
    // A write that races with the client's hang-up reports here; `close` follows and tells the story.
    response.on("error", () => undefined);
  }

  /** True once the client hung up or the answer was destroyed. */
  get gone(): boolean {
    return this.#gone;
  }

  async pause(ms: number): Promise<void> {
    if (this.#gone || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (!this.#gone) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  /** Writes, and waits while the client reads slower than that. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (this.#gone || this.#response.write(bytes)) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }

  /** Writes every byte alone, in its own turn of the event loop, so that no layer joins them again by itself. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#gone; at++) {
      await this.write(bytes.subarray(at, at + 1));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
}
