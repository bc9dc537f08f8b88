import type { HoldRequest, KeyRecord } from "#admission";
import { periodKey } from "#admission";
import { DEADLINE_MS } from "./account-fixture.ts";

export interface ReferenceCall {
  readonly id: string;
  readonly atMs: number;
  readonly heldNano: bigint;
  readonly maxCostNano: bigint | null;
  /** The caller's idempotency key. */
  readonly idempotency: string | null;
  readonly boundTokens: number;
  tokens: number;
  checkpointNano: bigint | null;
  end: "open" | "settled" | "swept" | "corrected";
  endedMs: number;
  costNano: bigint;
  /** It gave no whole answer at no cost, and was seen to: its idempotency key is free again. */
  wasFree: boolean;
}

/** Idempotency keys that the account remembers at most. */
export const IDEMPOTENCY_KEYS_MAX = 2;

/** What decides about a call beside the key. */
export interface ReferenceRequest {
  readonly hold: HoldRequest;
  readonly maxCostNano: bigint | null;
  readonly idempotency: string | null;
  /** The share of the price that is charged, parts per million. */
  readonly feePerMillion: bigint | null;
}

export function shareOf(nano: bigint, perMillion: bigint | null): bigint {
  if (perMillion === null) return nano;
  const product = nano * perMillion;
  return product / 1_000_000n + (product % 1_000_000n > 0n ? 1n : 0n);
}

/**
 * The account as plain lists, every figure summed anew from all calls: slow, obvious, and nothing shared with the state
 * machine but the names of periods. Knows one key; prices are 1 nano-USD per output token.
 */
export class ReferenceAccount {
  readonly calls: ReferenceCall[] = [];
  creditNano = 0n;

  openCalls(): ReferenceCall[] {
    return this.calls.filter((call) => call.end === "open");
  }

  balanceNano(): bigint {
    return this.creditNano - sum(this.calls.map((call) => call.costNano));
  }

  heldNano(): bigint {
    return sum(this.openCalls().map((call) => call.heldNano));
  }

  /** Spent and held in the period that `nowMs` lies in. */
  budgetUsedNano(key: KeyRecord, nowMs: number): bigint {
    const { budget } = key;
    if (budget === null) return 0n;
    const name = periodKey(budget.period, nowMs);
    const inPeriod = this.calls.filter((call) => periodKey(budget.period, call.atMs) === name);
    return sum(inPeriod.map((call) => (call.end === "open" ? call.heldNano : call.costNano)));
  }

  windowUsed(measure: "requests" | "tokens", nowMs: number): number {
    const oldest = Math.floor(nowMs / 1_000) - 60;
    const counted = this.calls.filter((call) => Math.floor(call.atMs / 1_000) >= oldest);
    return counted.reduce((total, call) => total + (measure === "requests" ? 1 : call.tokens), 0);
  }

  /** What must become of an admission: the refusal's code, or the output tokens granted (null without output). */
  decide(key: KeyRecord, request: ReferenceRequest, nowMs: number): string | number | null {
    const { hold, maxCostNano, feePerMillion } = request;
    const { output } = hold;
    const repeated = this.repeatOf(request.idempotency, nowMs);
    if (repeated !== null) return repeated;
    const at = (tokens: number): string | null => {
      const total = tokens * (output?.choices ?? 0);
      const costNano = shareOf(hold.baseNano + BigInt(total), feePerMillion);
      return this.refusalFor(key, costNano, hold.inputTokens + total, maxCostNano, nowMs);
    };
    if (output === null) return at(0);
    const floor = Math.min(output.requested ?? output.minimum, output.maximum);
    const refusal = at(floor);
    if (refusal !== null || output.requested !== null) return refusal ?? floor;
    for (let tokens = output.maximum; tokens > floor; tokens -= 1) if (at(tokens) === null) return tokens;
    return floor;
  }

  /** How a call under this idempotency key is refused, null when it is free. */
  repeatOf(idempotency: string | null, nowMs: number): string | null {
    if (idempotency === null) return null;
    const same = this.calls.filter((call) => call.idempotency === idempotency && !call.wasFree);
    if (same.some((call) => call.end === "open")) return "idempotency_in_progress";
    if (same.some((call) => nowMs - call.endedMs <= 86_400_000)) return "idempotency_key_reused";
    const kept = this.calls.filter(({ end, endedMs }) => end === "open" || nowMs - endedMs <= 86_400_000);
    const keyed = kept.filter((call) => call.idempotency !== null && !call.wasFree);
    return keyed.length >= IDEMPOTENCY_KEYS_MAX ? "idempotency_keys_exhausted" : null;
  }

  refusalFor(
    key: KeyRecord,
    costNano: bigint,
    tokens: number,
    maxCostNano: bigint | null,
    nowMs: number,
  ): string | null {
    const { requestsPerMinute, tokensPerMinute, concurrency, budget } = key;
    if (key.status !== "active") return "api_key_revoked";
    if (requestsPerMinute !== null && this.windowUsed("requests", nowMs) + 1 > requestsPerMinute) {
      return "rate_limit_requests";
    }
    if (tokensPerMinute !== null && tokens > tokensPerMinute) return "request_exceeds_token_limit";
    if (tokensPerMinute !== null && this.windowUsed("tokens", nowMs) + tokens > tokensPerMinute) {
      return "rate_limit_tokens";
    }
    if (concurrency !== null && this.openCalls().length >= concurrency) return "rate_limit_concurrency";
    if (budget !== null && this.budgetUsedNano(key, nowMs) + costNano > budget.limitNano) return "key_budget_exceeded";
    if (maxCostNano !== null && costNano > maxCostNano) return "max_cost_exceeded";
    if (costNano > 0n && this.heldNano() + costNano > this.balanceNano()) return "insufficient_credit";
    return null;
  }

  settle(
    call: ReferenceCall,
    { costNano, tokens, answered }: { readonly costNano: bigint; readonly tokens: number; readonly answered: boolean },
    nowMs: number,
  ): string {
    if (call.end === "settled" || call.end === "corrected") return "repeated";
    if (call.end === "swept" && nowMs - call.endedMs > 86_400_000) return "unknown";
    const result = call.end === "swept" ? "corrected" : "settled";
    if (call.end === "open") {
      call.tokens = tokens;
      call.endedMs = nowMs;
    }
    call.end = result;
    call.costNano = atMost(costNano, call.maxCostNano);
    call.wasFree = result === "settled" && !answered && call.costNano === 0n;
    return result;
  }

  sweep(nowMs: number): number {
    const overdue = this.openCalls().filter((call) => call.atMs + DEADLINE_MS <= nowMs);
    for (const call of overdue) {
      call.end = "swept";
      call.endedMs = nowMs;
      call.costNano = atMost(call.checkpointNano ?? 0n, call.maxCostNano);
    }
    return overdue.length;
  }
}

function atMost(nano: bigint, maximum: bigint | null): bigint {
  return maximum === null || nano < maximum ? nano : maximum;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
