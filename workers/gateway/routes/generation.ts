import { AppError, formatUsd, isId, nanoFromText, type Receipt } from "#kernel";
import { correctedReceipt, withWaitingCorrections } from "#ledger";
import type { GatewayContext } from "../context.ts";
import { readAccount } from "./read-account.ts";

/** `GET /v1/generation?id=gen_…`: the receipt of a call of the same organization; the object's outbox first, then the ledger. */
export async function getGeneration(context: GatewayContext): Promise<Response> {
  const id = context.req.query("id") ?? "";
  if (!isId("generation", id)) {
    throw new AppError("invalid_parameter", {
      param: "id",
      params: { param: "id", reason: "wants a generation id, gen_…" },
    });
  }
  const { orgId, value } = await readAccount(context, "account:read", (account, command) =>
    account.findReceipt(command, id),
  );
  if (value.receipt) return context.json(receiptBody(correctedReceipt(value.receipt, value.corrections), false));
  const stored = await context.get("services").store.generationById(orgId, id);
  if (!stored.ok) throw new AppError("store_unavailable");
  if (!stored.receipt) throw new AppError("generation_not_found");
  const { receipt, posted } = withWaitingCorrections(stored, value.corrections);
  return context.json(receiptBody(receipt, posted));
}

function receiptBody(receipt: Receipt, posted: boolean) {
  const usd = (nano: string) => formatUsd(nanoFromText(nano));
  return {
    id: receipt.id,
    object: "generation",
    created_at: receipt.occurred_at,
    mode: receipt.mode,
    operation: receipt.operation,
    streamed: receipt.streamed,
    model: receipt.model,
    provider: receipt.provider,
    endpoint: receipt.endpoint,
    status: receipt.status,
    outcome: receipt.outcome,
    error_code: receipt.error_code,
    kind: receipt.kind,
    units: receipt.units,
    price_version: receipt.price_version,
    held_usd: usd(receipt.held_nano),
    cost_usd: usd(receipt.cost_nano),
    attempts: receipt.attempts,
    first_byte_ms: receipt.first_byte_ms,
    duration_ms: receipt.duration_ms,
    flags: receipt.flags,
    guardrails: receipt.guardrails ?? null,
    // True once all of these figures stand in the ledger; until then some wait in the account's outbox.
    posted,
  };
}
