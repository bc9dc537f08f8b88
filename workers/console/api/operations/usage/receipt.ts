import { z } from "@hono/zod-openapi";
import { formatUsd, idTimeMs } from "#kernel";
import type { StoredReceipt } from "#store";
import { idOf, instant } from "../../schemas.ts";

/** As the gateway's `GET /v1/generation` shows it, with the key and what the provider takes. All of it is in the ledger. */
export const receiptShape = {
  id: idOf("generation"),
  created_at: instant,
  key_id: idOf("apiKey"),
  mode: z.enum(["live", "test"]),
  operation: z.string(),
  streamed: z.boolean(),
  model: z.string(),
  provider: z.string().nullable(),
  endpoint: z.string().nullable(),
  status: z.int(),
  outcome: z.string(),
  error_code: z.string().nullable(),
  kind: z.string(),
  units: z.record(z.string(), z.int()),
  price_version: z.string(),
  held_usd: z.string(),
  cost_usd: z.string(),
  upstream_cost_usd: z.string(),
  attempts: z.array(
    z.strictObject({
      endpoint: z.string(),
      provider: z.string(),
      status: z.int().nullable(),
      code: z.string().nullable(),
      duration_ms: z.int(),
    }),
  ),
  first_byte_ms: z.int().nullable(),
  duration_ms: z.int(),
  flags: z.array(z.string()),
  guardrails: z.record(z.string(), z.int()).nullable(),
  corrections: z.int().openapi({ description: "How often figures that came late have changed it." }),
} as const;

export function describeReceipt(receipt: StoredReceipt) {
  return {
    id: receipt.id,
    created_at: createdAt(receipt),
    key_id: receipt.key_id,
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
    held_usd: formatUsd(receipt.held_nano),
    cost_usd: formatUsd(receipt.cost_nano),
    upstream_cost_usd: formatUsd(receipt.upstream_nano),
    attempts: receipt.attempts,
    first_byte_ms: receipt.first_byte_ms,
    duration_ms: receipt.duration_ms,
    flags: receipt.flags,
    guardrails: receipt.guardrails,
    corrections: receipt.corrections,
  };
}

/** A receipt's time is the time in its id. */
export const createdAt = ({ id }: StoredReceipt): string => new Date(idTimeMs(id)).toISOString();
