import {
  admit,
  applyEvents,
  checkpoint,
  createAccountState,
  DEFAULT_ACCOUNT_LIMITS,
  finishFlush,
  flushPayload,
  freezeFlush,
  extendHolds,
  leaseOnly,
  prune,
  requeuePoison,
  restoreAccount,
  returnLease,
  settle,
  sweep,
  takeEffects,
  type AccountEvent,
  type AccountLimits,
  type AccountState,
  type AdmissionContext,
  type AdmitCommand,
  type AdmitResult,
  type ExtendCommand,
  type ExtendResult,
  type HoldRequest,
  type KeyRecord,
  type OrganizationRecord,
  type Lease,
  type LeasedCall,
  type LeaseWish,
  type OutboxItem,
  type PostUsageResult,
  type ReturnCommand,
  type SettleResult,
  type UsageFlush,
} from "#admission";
import { nanoUsd, newId, type RandomBytes, type ReceiptEnd, type ReceiptMeasure, type RoutingPolicy } from "#kernel";
import { MemoryRows } from "./memory-rows.ts";

export const START_MS = Date.UTC(2026, 10, 22, 12, 0, 0);
export const ORG_ID = "org_01jd0000000000000000000000";
export const DEADLINE_MS = DEFAULT_ACCOUNT_LIMITS.requestMaxMs + DEFAULT_ACCOUNT_LIMITS.holdGraceMs;

/** Deterministic bytes, never the same twice. An id takes its last bytes as they are, so the count stands there. */
export function countingRandom(): RandomBytes {
  let count = 0;
  return (length) => {
    count += 1;
    return Uint8Array.from({ length }, (_, index) => Math.floor(count / 256 ** (length - 1 - index)) % 256);
  };
}

export function keyRecord(change: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: "key_01jd0000000000000000000001",
    hash: "aa".repeat(32),
    mode: "live",
    status: "active",
    scopes: ["inference", "account:read"],
    models: null,
    ipAllow: null,
    expiresAtMs: null,
    requestsPerMinute: null,
    tokensPerMinute: null,
    concurrency: null,
    budget: null,
    ...change,
  };
}

/** No rule at all. */
export const ANY_ROUTE: RoutingPolicy = {
  dataCollection: null,
  zdr: false,
  regions: null,
  providersOnly: null,
  providersIgnore: null,
};

export function constantCost(baseNano: bigint, inputTokens = 10): HoldRequest {
  return { baseNano: nanoUsd(baseNano), inputTokens, output: null };
}

export function ended(costNano: bigint, change: Partial<ReceiptEnd> = {}): ReceiptEnd {
  return {
    provider: "openai",
    endpoint: "openai/gpt-test",
    kind: "measured",
    units: { input: 10 },
    cost_nano: costNano.toString(),
    upstream_cost_nano: (costNano / 2n).toString(),
    attempts: [],
    outcome: "completed",
    status: 200,
    error_code: null,
    first_byte_ms: 5,
    duration_ms: 50,
    flags: [],
    ...change,
  };
}

export function measured(costNano: bigint): ReceiptMeasure {
  const { provider, endpoint, kind, units, cost_nano, upstream_cost_nano, attempts } = ended(costNano);
  return { provider, endpoint, kind, units, cost_nano, upstream_cost_nano, attempts };
}

export interface AccountSetup {
  readonly balanceNano?: bigint;
  readonly key?: Partial<KeyRecord>;
  readonly organization?: Partial<OrganizationRecord>;
  readonly limits?: Partial<AccountLimits>;
  readonly orgId?: string;
  readonly random?: RandomBytes;
}

/** An account with its clock and its rows. Every verb commits its effects to the rows, as the object does. */
export class TestAccount {
  readonly rows = new MemoryRows();
  readonly limits: AccountLimits;
  readonly random: RandomBytes;
  readonly key: KeyRecord;
  state: AccountState = createAccountState();
  nowMs = START_MS;

  constructor({
    balanceNano = 0n,
    key = {},
    organization = {},
    limits = {},
    orgId = ORG_ID,
    random,
  }: AccountSetup = {}) {
    this.random = random ?? countingRandom();
    this.limits = { ...DEFAULT_ACCOUNT_LIMITS, ...limits };
    this.key = keyRecord(key);
    this.apply([
      { type: "organization", version: 1, organization: { id: orgId, status: "active", ...organization } },
      { type: "key", version: 1, key: this.key },
      { type: "credit", entryId: "txn_first", amountNano: nanoUsd(balanceNano) },
    ]);
  }

  get context(): AdmissionContext {
    return { nowMs: this.nowMs, random: this.random, rows: this.rows, limits: this.limits };
  }

  get availableNano(): bigint {
    return this.state.balanceNano - this.state.heldNano - this.state.leasedNano;
  }

  apply(events: readonly AccountEvent[]) {
    return this.#commit(() => applyEvents(this.state, events, this.context));
  }

  command(hold: HoldRequest, change: Partial<AdmitCommand> = {}): AdmitCommand {
    return {
      keyHash: this.key.hash,
      scope: "inference",
      clientIp: "203.0.113.7",
      hold,
      maxCostNano: null,
      draft: {
        id: newId("generation", { nowMs: () => this.nowMs }, this.random),
        occurred_at: new Date(this.nowMs).toISOString(),
        mode: this.key.mode,
        operation: "chat.completions",
        streamed: false,
        model: "openai/gpt-test",
        price_version: "test-1",
      },
      ...change,
    };
  }

  admit(command: AdmitCommand): AdmitResult {
    return this.#commit(() => admit(this.state, command, this.context));
  }

  /** Admits a constant cost and returns the generation's id. Fails the test when it is refused. */
  open(costNano: bigint, inputTokens?: number): string {
    const command = this.command(constantCost(costNano, inputTokens));
    const result = this.admit(command);
    if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
    return command.draft.id;
  }

  checkpoint(id: string, costNano: bigint): void {
    this.#commit(() => checkpoint(this.state, [{ id, measure: measured(costNano) }], this.context));
  }

  lease(wish: LeaseWish): Lease | null {
    const command = { keyHash: this.key.hash, mode: this.key.mode, wish };
    return this.#commit(() => leaseOnly(this.state, command, this.context));
  }

  returnLease(command: ReturnCommand): void {
    this.#commit(() => returnLease(this.state, command, this.context));
  }

  extend(command: ExtendCommand): ExtendResult | undefined {
    return this.#commit(() => extendHolds(this.state, [command], this.context))[0];
  }

  /** Settles a call that was admitted from a lease, with its own account of itself. */
  settleLeased(leased: LeasedCall, costNano: bigint, change: Partial<ReceiptEnd> = {}): SettleResult | undefined {
    const command = { id: leased.draft.id, end: ended(costNano, change), leased };
    return this.#commit(() => settle(this.state, [command], this.context))[0];
  }

  /** `capNano`: what was held when the call was cut short. */
  settle(id: string, costNano: bigint, change: Partial<ReceiptEnd> = {}, capNano?: bigint): SettleResult | undefined {
    const cap = capNano === undefined ? {} : { capNano: nanoUsd(capNano) };
    return this.#commit(() => settle(this.state, [{ id, end: ended(costNano, change), ...cap }], this.context))[0];
  }

  sweep(): number {
    return this.#commit(() => sweep(this.state, this.context));
  }

  /** True when windows may be left for another step. */
  prune(): boolean {
    return this.#commit(() => prune(this.state, this.context));
  }

  requeuePoison(): number {
    return this.#commit(() => requeuePoison(this.state, this.context));
  }

  /** The payload to send now, null when there is none. */
  freeze(): UsageFlush | null {
    return this.#commit(() => {
      const flush = freezeFlush(this.state, this.context);
      return flush === null ? null : flushPayload(this.state, flush, this.context);
    });
  }

  finish(flushId: string, result: PostUsageResult): void {
    this.#commit(() => finishFlush(this.state, flushId, result, this.context));
  }

  /** Loses the memory and loads the rows, as an evicted object does. */
  restart(): void {
    this.state = restoreAccount(this.rows.stored());
  }

  #commit<Result>(verb: () => Result): Result {
    const result = verb();
    this.rows.apply(takeEffects(this.state));
    return result;
  }
}

/** The code of a refusal, or "admitted". */
export function outcomeOf(result: AdmitResult): string {
  return result.ok ? "admitted" : result.refusal.code;
}

/** What an item of the outbox takes from the wallet, integer text; an alert takes nothing. */
export function takenBy(item: OutboxItem): string {
  if (item.type === "receipt") return item.receipt.cost_nano;
  if (item.type === "correction") return item.correction.cost_delta_nano;
  return item.type === "alert" ? "0" : item.expiry.amount_nano;
}
