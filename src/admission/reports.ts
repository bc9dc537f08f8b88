import type { Clock } from "#kernel";
import type { AccountPort, Schedule } from "./account-port.ts";
import { coalesce } from "./coalesce.ts";
import type { Lessee } from "./lessee.ts";
import { attempt, type Patience } from "./patience.ts";
import { createRoom, type Room } from "./room.ts";
import type { TellerBounds } from "./teller-bounds.ts";
import type { CheckpointCommand, SettleCommand, SettleResult } from "./types.ts";

/** `unacknowledged`: the account did not answer in time. The durable hold is the record and the sweep will end it. */
export type Settlement = SettleResult | "unacknowledged";

/** What an isolate tells an account of its calls, batched. Never rejects. */
export interface Reports {
  checkpoint(this: void, command: CheckpointCommand): Promise<void>;
  /** Resolves when the account has durably ended the hold, or when the bounds are used up. */
  settle(this: void, command: SettleCommand): Promise<Settlement>;
}

export interface ReportsOptions {
  readonly account: Pick<AccountPort, "checkpoint" | "settle">;
  readonly schedule: Schedule;
  readonly clock: Clock;
  readonly patience: Patience;
  readonly lessee: Pick<Lessee, "telling">;
  readonly bounds: TellerBounds;
}

export function createReports({ account, schedule, clock, patience, lessee, bounds }: ReportsOptions): Reports {
  const { within, persist } = patience;
  const batching = { schedule, batchMax: bounds.batchMax };
  const sendSettles = async (commands: readonly SettleCommand[]): Promise<readonly (SettleResult | null)[]> => {
    const results = await attempt(() => account.settle(commands));
    return commands.map((_, index) => results?.[index] ?? null);
  };
  const settleInCompany = coalesce({ ...batching, send: sendSettles });
  const settleBatched = (command: SettleCommand): Promise<SettleResult | null> =>
    settleInCompany(command, command.leased === undefined ? bounds.coalesceMs : bounds.idleCoalesceMs);
  const checkpointBatched = coalesce<CheckpointCommand, true | null>({
    ...batching,
    send: async (commands) => {
      const done = await attempt(async (): Promise<true> => {
        await account.checkpoint(commands);
        return true;
      });
      return commands.map(() => done);
    },
  });

  const counted = async <Value, Late>(room: Room, run: () => Promise<Value>, late: Late): Promise<Value | Late> => {
    const leave = room.enter();
    if (leave === null) return late;
    return await within(run(), bounds.settleWaitMaxMs, late).finally(leave);
  };
  const settles = createRoom({ max: bounds.pendingMax, stayMaxMs: bounds.settleWaitMaxMs, clock });
  const checkpoints = createRoom({ max: bounds.checkpointsMax, stayMaxMs: bounds.settleWaitMaxMs, clock });

  return {
    settle: (command) =>
      counted<Settlement, Settlement>(
        settles,
        async () => (await persist(() => lessee.telling(command, settleBatched))) ?? "unacknowledged",
        "unacknowledged",
      ),
    checkpoint: async (command) => {
      await counted(
        checkpoints,
        () => persist(() => lessee.telling(command, (one) => checkpointBatched(one, bounds.idleCoalesceMs))),
        null,
      );
    },
  };
}
