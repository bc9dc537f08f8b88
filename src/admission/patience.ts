import type { RandomBytes } from "#kernel";
import type { Schedule } from "./account-port.ts";
import type { TellerBounds } from "./teller-bounds.ts";

const RANDOM_SPAN = 256;

/** Waiting, within bounds. */
export interface Patience {
  wait(this: void, ms: number): Promise<void>;
  /** The value, or `late` where it does not come in time. */
  within<Value, Late>(this: void, promise: Promise<Value>, ms: number, late: Late): Promise<Value | Late>;
  /**
   * Sends until it is answered, within the bounds; null when nobody answered. Each caller tries again for itself: the
   * request that sent a batch may be gone, and its answer with it. Commands sent again travel together again.
   */
  persist<Value>(this: void, send: () => Promise<Value | null>): Promise<Value | null>;
}

export function createPatience(
  schedule: Schedule,
  random: RandomBytes,
  bounds: Pick<TellerBounds, "settleTriesMax" | "settleBackoffMs" | "settleTimeoutMs">,
): Patience {
  const within = <Value, Late>(promise: Promise<Value>, ms: number, late: Late): Promise<Value | Late> => {
    const { promise: timeout, resolve } = Promise.withResolvers<Late>();
    const cancel = schedule(() => resolve(late), ms);
    return Promise.race([promise, timeout]).finally(cancel);
  };
  const wait = (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    schedule(() => resolve(undefined), ms);
    return promise;
  };
  return {
    wait,
    within,
    async persist(send) {
      for (let tries = 0; tries < bounds.settleTriesMax; tries += 1) {
        if (tries > 0) {
          const jitter = (random(1)[0] ?? 0) / RANDOM_SPAN;
          await wait(Math.ceil(bounds.settleBackoffMs * 2 ** (tries - 1) * (1 + jitter) * 0.5));
        }
        const value = await within(send(), bounds.settleTimeoutMs, null);
        if (value !== null) return value;
      }
      return null;
    },
  };
}

/** The value, or null when the call failed: a failed RPC says nothing about whether it happened. */
export async function attempt<Value>(call: () => Promise<Value>): Promise<Value | null> {
  try {
    return await call();
  } catch {
    return null;
  }
}
