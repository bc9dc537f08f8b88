const POLL_MS = 20;
const DEFAULT_LIMIT_MS = 30_000;

/**
 * Waits until a look at the outside answers something other than null or false, and answers that. Looks again a bounded
 * number of times; past the limit it throws what was waited for.
 */
export async function until<Value>(
  what: string,
  look: () => Value | null | false | Promise<Value | null | false>,
  limitMs = DEFAULT_LIMIT_MS,
): Promise<Value> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const value = await look();
    if (value !== null && value !== false) return value;
    if (performance.now() > deadlineMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((done) => {
      setTimeout(done, POLL_MS);
    });
  }
}
