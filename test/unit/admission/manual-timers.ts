/** Timers that fire when the test says so, in the order of their time. */
export class ManualTimers {
  nowMs = 0;
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();

  readonly schedule = (callback: () => void, ms: number): (() => void) => {
    const timer = { atMs: this.nowMs + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  get pending(): number {
    return this.#timers.size;
  }

  /** Nothing that waits now is ever called back: as the platform drops what a request had begun. */
  drop(): void {
    this.#timers.clear();
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await settled();
    for (;;) {
      const [next] = [...this.#timers].filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.nowMs = next.atMs;
      this.#timers.delete(next);
      next.callback();
      await settled();
    }
    this.nowMs = untilMs;
  }
}

/** Lets every promise that can go on do so. */
async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
