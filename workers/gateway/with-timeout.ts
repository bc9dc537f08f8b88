/** The value, or null when the call failed or took longer than `limitMs`: to the caller both mean no answer. */
export async function withTimeout<Value>(call: Promise<Value>, limitMs: number): Promise<Value | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), limitMs);
  try {
    return await Promise.race([call, promise]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
