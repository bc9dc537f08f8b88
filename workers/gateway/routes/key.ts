import { formatUsd } from "#kernel";
import type { KeyUsage } from "#admission";
import type { GatewayContext } from "../context.ts";
import { readAccount } from "./read-account.ts";

/** `GET /v1/key`: the calling key's own limits, and how much of them is used now. */
export async function getKey(context: GatewayContext): Promise<Response> {
  const { value } = await readAccount(context, "account:read", (account, command) => account.keyState(command));
  return context.json(keyBody(value));
}

function keyBody(usage: KeyUsage) {
  const { budget, limits } = usage;
  return {
    object: "key",
    mode: usage.mode,
    scopes: usage.scopes,
    models: usage.models,
    expires_at: usage.expiresAtMs === null ? null : new Date(usage.expiresAtMs).toISOString(),
    requests_per_minute: limits.requests && { limit: limits.requests.limit, remaining: limits.requests.remaining },
    tokens_per_minute: limits.tokens && { limit: limits.tokens.limit, remaining: limits.tokens.remaining },
    concurrency: usage.concurrency,
    budget: budget && {
      period: budget.period,
      limit_usd: formatUsd(budget.limitNano),
      spent_usd: formatUsd(budget.spentNano),
      held_usd: formatUsd(budget.heldNano),
      reserved_usd: formatUsd(budget.reservedNano),
    },
  };
}
