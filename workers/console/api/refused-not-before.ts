import { systemTimer } from "../../http/platform.ts";

/** The work's own result; where it is refused, not before so many milliseconds have passed. */
export async function refusedNotBefore<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  const { promise: passed, resolve } = Promise.withResolvers<undefined>();
  const stop = systemTimer.start(() => resolve(undefined), ms);
  try {
    const value = await work;
    stop();
    return value;
  } catch (error) {
    await passed;
    throw error;
  }
}
