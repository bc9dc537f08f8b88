import type { AttemptLimiter } from "./attempt-limiter.ts";
import {
  DOORS,
  type AwayMode,
  type Door,
  type DoorLimit,
  type DoorPolicy,
  type DoorSubjects,
  type SubjectKind,
} from "./door-policy.ts";
import { ipPrefixes } from "./ip-prefixes.ts";
import type { NameSubject } from "./subject-names.ts";

/** `limited`: there were too many. `away`: nobody can say, and the door is closed meanwhile. */
export type DoorVerdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: "limited";
      /** Whose attempts were too many. */
      readonly by: SubjectKind;
      readonly retryAfterMs: number;
    }
  | { readonly ok: false; readonly reason: "away"; readonly retryAfterMs: number };

type Taken = { readonly ok: true } | { readonly ok: false; readonly by: SubjectKind; readonly retryAfterMs: number };

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

interface Count {
  readonly kind: SubjectKind;
  readonly name: string;
  readonly limit: DoorLimit;
}

/** Stands at the public doors. One per isolate: it remembers whether the limiter answers. */
export function createDoorkeeper({ limiter, fallback, nameSubject, onAway }: DoorkeeperParts): Doorkeeper {
  let awayUntilMs = Number.NEGATIVE_INFINITY;

  async function ask(door: Door, counts: readonly Count[], nowMs: number): Promise<Taken | null> {
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
      return { ok: false, reason: "away", retryAfterMs: Math.max(awayUntilMs - nowMs, 0) };
    },
  };
}

async function withoutLimiter(
  mode: AwayMode,
  fallback: AttemptLimiter,
  counts: readonly Count[],
  nowMs: number,
): Promise<Taken | "closed"> {
  if (mode === "local") return takeAll(fallback, counts, nowMs);
  return mode === "open" ? { ok: true } : "closed";
}

/**
 * One after the other, the caller's own first: what they are refused for themselves is not counted against the address
 * that they name, or anybody could use up another's attempts.
 */
async function takeAll(limiter: AttemptLimiter, counts: readonly Count[], nowMs: number): Promise<Taken> {
  for (const { kind, name, limit } of counts) {
    const verdict = await limiter.take(name, limit, nowMs);
    if (!verdict.ok) return { ...verdict, by: kind };
  }
  return { ok: true };
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
    if (limit !== undefined && value !== null) counts.push({ kind, name: await nameSubject(door, kind, value), limit });
  }
  return counts;
}
