import type { AttemptLimiter } from "./attempt-limiter.ts";
import { DOORS, type AwayMode, type Door, type DoorLimit, type DoorPolicy, type DoorSubjects } from "./door-policy.ts";
import { ipPrefixes } from "./ip-prefixes.ts";
import type { NameSubject } from "./subject-names.ts";

/** How much of a limit is left: of the one that is nearest to its end. */
export interface DoorRate {
  readonly limit: DoorLimit;
  readonly remaining: number;
  readonly resetMs: number;
}

/**
 * `limited`: there were too many. `away`: nobody can say, and the door is closed meanwhile. `rate` is null where nothing was
 * counted.
 */
export type DoorVerdict =
  | { readonly ok: true; readonly rate: DoorRate | null }
  | {
      readonly ok: false;
      readonly reason: "limited" | "away";
      readonly retryAfterMs: number;
      readonly rate: DoorRate | null;
    };

export interface DoorkeeperParts {
  readonly limiter: AttemptLimiter;
  /** For doors that are `local` while the limiter is away. */
  readonly fallback: AttemptLimiter;
  readonly nameSubject: NameSubject;
  /** The limiter did not answer; told once, until it is asked again. */
  readonly onAway: (door: Door) => void;
}

export interface Doorkeeper {
  checkDoor<Name extends Door>(door: Name, subjects: DoorSubjects<Name>, nowMs: number): Promise<DoorVerdict>;
}

/** How long a limiter that did not answer is left alone: attempts meanwhile do not each wait for it. */
export const AWAY_MS = 5_000;

type CountsVerdict =
  | { readonly ok: true; readonly rate: DoorRate | null }
  | { readonly ok: false; readonly retryAfterMs: number; readonly rate: DoorRate };

interface Count {
  readonly name: string;
  readonly limit: DoorLimit;
}

/** Stands at the public doors. One per isolate: it remembers whether the limiter answers. */
export function createDoorkeeper({ limiter, fallback, nameSubject, onAway }: DoorkeeperParts): Doorkeeper {
  let awayUntilMs = Number.NEGATIVE_INFINITY;

  async function ask(door: Door, counts: readonly Count[], nowMs: number): Promise<CountsVerdict | null> {
    const { isByIsolate = false }: DoorPolicy = DOORS[door];
    if (isByIsolate) return takeAll(fallback, counts, nowMs);
    if (nowMs < awayUntilMs) return null;
    try {
      return await takeAll(limiter, counts, nowMs);
    } catch {
      // What it said may quote a name; that it failed is told.
      awayUntilMs = nowMs + AWAY_MS;
      onAway(door);
      return null;
    }
  }

  return {
    async checkDoor(door, subjects, nowMs) {
      const policy: DoorPolicy = DOORS[door];
      const counts = await countsOf(door, policy, subjects, nameSubject);
      const verdict =
        (await ask(door, counts, nowMs)) ?? (await withoutLimiter(policy.whenAway, fallback, counts, nowMs));
      if (verdict !== "closed") return verdict.ok ? verdict : { ...verdict, reason: "limited" };
      return { ok: false, reason: "away", retryAfterMs: Math.max(awayUntilMs - nowMs, 0), rate: null };
    },
  };
}

async function withoutLimiter(
  mode: AwayMode,
  fallback: AttemptLimiter,
  counts: readonly Count[],
  nowMs: number,
): Promise<CountsVerdict | "closed"> {
  if (mode === "local") return takeAll(fallback, counts, nowMs);
  return mode === "open" ? { ok: true, rate: null } : "closed";
}

/**
 * One after the other, the caller's own first: what they are refused for themselves is not counted against the address
 * that they name, or anybody could use up another's attempts.
 */
async function takeAll(limiter: AttemptLimiter, counts: readonly Count[], nowMs: number): Promise<CountsVerdict> {
  let rate: DoorRate | null = null;
  for (const { name, limit } of counts) {
    const verdict = await limiter.take(name, limit, nowMs);
    if (!verdict.ok) {
      const { retryAfterMs } = verdict;
      return { ok: false, retryAfterMs, rate: { limit, remaining: 0, resetMs: retryAfterMs } };
    }
    const { remaining, resetMs } = verdict;
    if (rate === null || remaining < rate.remaining) rate = { limit, remaining, resetMs };
  }
  return { ok: true, rate };
}

async function countsOf(
  door: Door,
  { limits }: DoorPolicy,
  subjects: { readonly clientIp: string | null; readonly address?: string | null; readonly account?: string | null },
  nameSubject: NameSubject,
): Promise<Count[]> {
  const { host, network } = ipPrefixes(subjects.clientIp);
  const { account = null, address = null } = subjects;
  const values = { host, network, account, address: address === null ? null : address.trim().toLowerCase() };
  const counts: Count[] = [];
  for (const kind of ["host", "network", "account", "address"] as const) {
    const [limit, value] = [limits[kind], values[kind]];
    if (limit !== undefined && value !== null) counts.push({ name: await nameSubject(door, kind, value), limit });
  }
  return counts;
}
