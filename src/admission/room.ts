import type { Clock } from "#kernel";

/** How many pieces of work may be under way at once. */
export interface Room {
  /** Null when the room is full; else the function to call when the work is done. */
  enter(): (() => void) | null;
}

export interface RoomOptions {
  readonly max: number;
  /** The longest that work can take: what has been in for longer was dropped with its request, and has left. */
  readonly stayMaxMs: number;
  readonly clock: Clock;
}

/**
 * Counts work by when it began. The platform drops a request's promises with the request, so that nobody tells of their
 * end: a bare counter would fill for ever.
 */
export function createRoom({ max, stayMaxMs, clock }: RoomOptions): Room {
  /** In the order of their beginning, so that the first is the oldest. */
  const inside = new Map<symbol, number>();

  const removeDropped = (nowMs: number): void => {
    for (const [id, sinceMs] of inside) {
      if (nowMs - sinceMs <= stayMaxMs) return;
      inside.delete(id);
    }
  };

  return {
    enter() {
      const nowMs = clock.nowMs();
      removeDropped(nowMs);
      if (inside.size >= max) return null;
      const id = Symbol("work");
      inside.set(id, nowMs);
      return () => void inside.delete(id);
    },
  };
}
