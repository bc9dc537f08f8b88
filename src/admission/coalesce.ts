import type { Schedule } from "./account-port.ts";

export interface CoalesceOptions<Command, Result> {
  readonly schedule: Schedule;
  readonly batchMax: number;
  /** Sends one batch; resolves to one result per command, in order. Never rejects. */
  readonly send: (commands: readonly Command[]) => Promise<readonly Result[]>;
}

interface Waiting<Command, Result> {
  readonly command: Command;
  readonly resolve: (result: Result) => void;
}

/**
 * Gathers commands into batches of at most `batchMax`, each waiting for company no longer than its own `windowMs`: whoever
 * can wait longer goes with one that cannot. Every caller brings its own
 * timer: the request that came first may be gone before its timer fires, and the others must not wait for it. A batch is
 * sent by a caller whose own command is in it: a request that waits for nothing in the batch may end before it is sent,
 * and the platform then drops what it had begun. The answer may be lost with the sender all the same.
 */
export function coalesce<Command, Result>({
  schedule,
  batchMax,
  send,
}: CoalesceOptions<Command, Result>): (command: Command, windowMs: number) => Promise<Result> {
  let waiting: Waiting<Command, Result>[] = [];

  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    const results = await send(batch.map(({ command }) => command));
    for (const [index, { resolve }] of batch.entries()) {
      const result = results[index];
      if (result !== undefined) resolve(result);
    }
  };

  return async (command, windowMs) => {
    const { promise, resolve } = Promise.withResolvers<Result>();
    const own: Waiting<Command, Result> = { command, resolve };
    waiting.push(own);
    if (waiting.length >= batchMax) {
      void flush();
      return await promise;
    }
    const cancel = schedule(() => {
      if (waiting.includes(own)) void flush();
    }, windowMs);
    // Cancelled by its own caller: a timer belongs to the request that set it.
    return await promise.finally(cancel);
  };
}
