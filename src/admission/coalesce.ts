import type { Schedule } from "./account-port.ts";

export interface CoalesceOptions<Command, Result> {
  readonly schedule: Schedule;
  /** How long a command may wait for company. */
  readonly windowMs: number;
  readonly batchMax: number;
  /** Sends one batch; resolves to one result per command, in order. Never rejects. */
  readonly send: (commands: readonly Command[]) => Promise<readonly Result[]>;
}

interface Waiting<Command, Result> {
  readonly command: Command;
  readonly resolve: (result: Result) => void;
  readonly cancel: () => void;
}

/**
 * Gathers commands into batches of at most `batchMax`, none waiting longer than `windowMs`. Every caller brings its own
 * timer: the request that came first may be gone before its timer fires, and the others must not wait for it.
 */
export function coalesce<Command, Result>({
  schedule,
  windowMs,
  batchMax,
  send,
}: CoalesceOptions<Command, Result>): (command: Command) => Promise<Result> {
  let waiting: Waiting<Command, Result>[] = [];

  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    for (const { cancel } of batch) cancel();
    if (batch.length === 0) return;
    const results = await send(batch.map(({ command }) => command));
    for (const [index, { resolve }] of batch.entries()) {
      const result = results[index];
      if (result !== undefined) resolve(result);
    }
  };

  return async (command) => {
    const { promise, resolve } = Promise.withResolvers<Result>();
    const cancel = schedule(() => void flush(), windowMs);
    waiting.push({ command, resolve, cancel });
    if (waiting.length >= batchMax) void flush();
    return await promise;
  };
}
