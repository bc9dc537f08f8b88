import type { Clock, RandomBytes, ReceiptEnd } from "#kernel";
import type { AccountPort, Schedule } from "./account-port.ts";
import { refuse } from "./check-key.ts";
import { coalesce } from "./coalesce.ts";
import { createRoom, type Room } from "./room.ts";
import type { AdmitCommand, AdmitResult, CheckpointCommand, SettleCommand, SettleResult } from "./types.ts";

/** Every bound of the teller; times are milliseconds. */
export interface TellerBounds {
  /** How long an admission may take before the call is refused (fail closed, trap G5). */
  readonly admitTimeoutMs: number;
  /** How long one settle or checkpoint may go unanswered, its wait for others included, before it is tried again. */
  readonly settleTimeoutMs: number;
  readonly settleTriesMax: number;
  /** First wait between tries; doubles, half of it random. */
  readonly settleBackoffMs: number;
  /** How long a settle waits for others of this isolate. */
  readonly coalesceMs: number;
  readonly batchMax: number;
  /** Settles of this isolate that may be under way at once; past it the durable holds are left to the sweep. */
  readonly pendingMax: number;
  /** Checkpoints under way at once: they may be lost, and must not take the room of settles. */
  readonly checkpointsMax: number;
  /** The longest any caller waits for its settle, and a refused one for its late admission. */
  readonly settleWaitMaxMs: number;
}

export const DEFAULT_TELLER_BOUNDS: TellerBounds = {
  admitTimeoutMs: 5_000,
  settleTimeoutMs: 5_000,
  settleTriesMax: 4,
  settleBackoffMs: 100,
  coalesceMs: 5,
  batchMax: 64,
  pendingMax: 10_000,
  checkpointsMax: 1_000,
  settleWaitMaxMs: 25_000,
};

export interface TellerOptions {
  readonly account: AccountPort;
  readonly schedule: Schedule;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly bounds?: Partial<TellerBounds>;
}

/** `unacknowledged`: the account did not answer in time. The durable hold is the record and the sweep will end it. */
export type Settlement = SettleResult | "unacknowledged";

/** Keeps the request's side of the platform alive until the work is done; the work is bounded and never rejects. */
export type KeepAlive = (work: Promise<void>) => void;

/** The isolate's side of one account. Never rejects. */
export interface Teller {
  /**
   * One strict call. No answer in time is a refusal, and an admission that comes too late is released: `keepAlive` is
   * given that work, which outlives the refused request.
   */
  admit(command: AdmitCommand, keepAlive: KeepAlive): Promise<AdmitResult>;
  checkpoint(command: CheckpointCommand): Promise<void>;
  /** Resolves when the account has durably ended the hold, or when the bounds are used up. */
  settle(command: SettleCommand): Promise<Settlement>;
}

const RANDOM_SPAN = 256;

export function createTeller({ account, schedule, clock, random, bounds: given }: TellerOptions): Teller {
  const bounds = { ...DEFAULT_TELLER_BOUNDS, ...given };

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

  /**
   * Sends one command until it is answered, within the bounds; null when nobody answered. Each caller tries again for
   * itself: the request that sent a batch may be gone, and its answer with it. Commands sent again travel together again.
   */
  const persist = async <Value>(send: () => Promise<Value | null>): Promise<Value | null> => {
    for (let tries = 0; tries < bounds.settleTriesMax; tries += 1) {
      if (tries > 0) {
        const jitter = (random(1)[0] ?? 0) / RANDOM_SPAN;
        await wait(Math.ceil(bounds.settleBackoffMs * 2 ** (tries - 1) * (1 + jitter) * 0.5));
      }
      const value = await within(send(), bounds.settleTimeoutMs, null);
      if (value !== null) return value;
    }
    return null;
  };

  const batching = { schedule, windowMs: bounds.coalesceMs, batchMax: bounds.batchMax };
  const settleBatched = coalesce<SettleCommand, SettleResult | null>({
    ...batching,
    send: async (commands) => {
      const results = await attempt(() => account.settle(commands));
      return commands.map((_, index) => results?.[index] ?? null);
    },
  });
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
  const settle = (command: SettleCommand): Promise<Settlement> =>
    counted<Settlement, Settlement>(
      settles,
      async () => (await persist(() => settleBatched(command))) ?? "unacknowledged",
      "unacknowledged",
    );

  return {
    admit: async (command, keepAlive) => {
      const answer = attempt(() => account.admit(command));
      const result = await within(answer, bounds.admitTimeoutMs, null);
      if (result !== null) return result;
      keepAlive(releaseLate(within(answer, bounds.settleWaitMaxMs, null), command, settle));
      return { ok: false, refusal: refuse("account_unavailable") };
    },
    settle,
    checkpoint: async (command) => {
      await counted(checkpoints, () => persist(() => checkpointBatched(command)), null);
    },
  };
}

/** The value, or null when the call failed: a failed RPC says nothing about whether it happened. */
async function attempt<Value>(call: () => Promise<Value>): Promise<Value | null> {
  try {
    return await call();
  } catch {
    return null;
  }
}

/**
 * Frees what a late admission holds: its caller has been refused. A call that failed, or never answered, may have been
 * admitted all the same: it is released too, and where no hold was opened the account answers `unknown`.
 */
async function releaseLate(
  answer: Promise<AdmitResult | null>,
  command: AdmitCommand,
  settle: Teller["settle"],
): Promise<void> {
  const late = await answer;
  if (late === null || late.ok) await settle({ id: command.draft.id, end: RELEASED });
}

/** The end of a call that never ran: exactly zero, known and not estimated. */
const RELEASED: ReceiptEnd = {
  provider: null,
  endpoint: null,
  kind: "measured",
  units: {},
  cost_nano: "0",
  upstream_cost_nano: "0",
  attempts: [],
  outcome: "failed",
  status: 503,
  error_code: "account_unavailable",
  first_byte_ms: null,
  duration_ms: 0,
  flags: [],
};
