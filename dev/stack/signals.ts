const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs work and takes back the signal handlers that it installed. Miniflare ends the process at once on a signal, which
 * would cut off an orderly stop; its handler of `exit`, which ends workerd whatever happens, stays.
 */
export async function keepSignals<T>(work: () => Promise<T>): Promise<T> {
  const before = new Map(SIGNALS.map((signal) => [signal, new Set(process.listeners(signal))]));
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) {
      for (const listener of process.listeners(signal)) {
        if (before.get(signal)?.has(listener) !== true) process.removeListener(signal, listener);
      }
    }
  }
}
