import type { KeyRecord } from "#admission";
import { ScopeBooks } from "./scope-books.ts";
import type { Parts, TrueCall, TrueLease } from "./true-records.ts";

/** Uses are kept for as long as any question about a window may reach back. */
const USES_KEPT_MS = 200_000;

export interface WindowUses {
  readonly requests: number;
  readonly tokens: number;
}

interface Use {
  readonly call: TrueCall;
  readonly atMs: number;
}

interface LimitsSince {
  readonly sinceMs: number;
  readonly record: KeyRecord;
}

/** What one key truly used, and may use. */
export class KeyBooks {
  record: KeyRecord;
  version: number;
  /** Since when it cannot be used, in the world's time; null while it can. */
  shutSinceMs: number | null = null;
  /** Likewise, since when it has to ask for every call. */
  strictSinceMs: number | null = null;
  readonly scope: ScopeBooks;
  readonly leasedParts: Parts = { nano: 0n, requests: 0, tokens: 0, slots: 0 };
  openHolds = 0;
  openLeases = 0;
  #uses: Use[] = [];
  #history: LimitsSince[] = [];

  constructor(record: KeyRecord, version: number, nowMs: number) {
    this.record = record;
    this.version = version;
    this.scope = new ScopeBooks(`key ${record.id}`);
    this.learn(record, version, nowMs);
  }

  learn(record: KeyRecord, version: number, nowMs: number): void {
    this.record = record;
    this.version = version;
    this.shutSinceMs = record.status === "active" ? null : (this.shutSinceMs ?? nowMs);
    this.strictSinceMs = record.strict === true ? (this.strictSinceMs ?? nowMs) : null;
    this.#history.push({ sinceMs: nowMs, record });
    this.scope.limits = record.budget === null ? [] : [record.budget];
  }

  /** The shared scopes that its calls count in. */
  get sharedScopes(): readonly string[] {
    const { memberId, tags = [] } = this.record;
    return ["organization", ...(memberId ? [`member ${memberId}`] : []), ...tags.map((tag) => `tag ${tag}`)];
  }

  use(call: TrueCall, atMs: number): void {
    this.#uses.push({ call, atMs });
    if ((this.#uses[0]?.atMs ?? atMs) < atMs - 2 * USES_KEPT_MS) {
      this.#uses = this.#uses.filter((use) => use.atMs >= atMs - USES_KEPT_MS);
    }
  }

  /** Calls admitted less than `windowMs` ago, and the tokens that they count; null leaves one out. */
  usesWithin(windowMs: number, nowMs: number, tokensOf: (call: TrueCall) => number | null): WindowUses {
    let requests = 0;
    let tokens = 0;
    for (let index = this.#uses.length - 1; index >= 0; index -= 1) {
      const use = this.#uses[index];
      if (use === undefined || use.atMs <= nowMs - windowMs) break;
      const counted = tokensOf(use.call);
      if (counted === null) continue;
      requests += 1;
      tokens += counted;
    }
    return { requests, tokens };
  }

  /** The loosest limit of a kind that was known at any time since. */
  loosestSince(sinceMs: number, kind: "requestsPerMinute" | "tokensPerMinute" | "concurrency"): number {
    const first = this.#history.findLastIndex((entry) => entry.sinceMs <= sinceMs);
    if (first > 0) this.#history = this.#history.slice(first);
    return Math.max(...this.#history.map(({ record }) => record[kind] ?? Infinity));
  }

  lease({ left }: TrueLease, sign: 1 | -1): void {
    this.openLeases += sign;
    const parts = this.leasedParts;
    parts.nano += sign === 1 ? left.nano : -left.nano;
    parts.requests += sign * left.requests;
    parts.tokens += sign * left.tokens;
    parts.slots += sign * left.slots;
  }
}
