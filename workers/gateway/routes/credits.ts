import { formatUsd } from "#kernel";
import type { GatewayContext } from "../context.ts";
import { readAccount } from "./read-account.ts";

/**
 * `GET /v1/credits`: the organization's wallet. `available` is what new requests can be held against; `reserved` is set aside for
 * seconds, for requests that gateways admit without asking, and comes back.
 */
export async function getCredits(context: GatewayContext): Promise<Response> {
  const { value } = await readAccount(context, "account:read", (account, command) => account.credits(command));
  return context.json({
    object: "credits",
    currency: "USD",
    balance_usd: formatUsd(value.balanceNano),
    held_usd: formatUsd(value.heldNano),
    reserved_usd: formatUsd(value.reservedNano),
    available_usd: formatUsd(value.availableNano),
    // The age of the oldest receipt that the ledger has not confirmed: the wallet itself is always up to date.
    settlement_lag_ms: value.settlementLagMs,
  });
}
