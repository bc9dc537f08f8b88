import type { Clock } from "#kernel";
import type { Timer } from "#providers";

/** A clock and a timer that move only when a test says so. */
export function handTimer(): {
  readonly clock: Clock;
  readonly timer: Timer;
  advance(ms: number): void;
  running(): number;
} {
  let nowMs = 1_000_000;
  const waiting = new Map<symbol, { readonly atMs: number; readonly callback: () => void }>();
  return {
    clock: { nowMs: () => nowMs },
    timer: {
      start(callback, delayMs) {
        const id = Symbol("timer");
        waiting.set(id, { atMs: nowMs + delayMs, callback });
        return () => void waiting.delete(id);
      },
    },
    advance(ms) {
      nowMs += ms;
      const due = [...waiting].filter(([, { atMs }]) => atMs <= nowMs);
      for (const [id, { callback }] of due) if (waiting.delete(id)) callback();
    },
    running: () => waiting.size,
  };
}
