import { randomBytes } from "node:crypto";
import {
  idTimeMs,
  newId,
  type BudgetAlert,
  type CreditExpiry,
  type IdKind,
  type Receipt,
  type ReceiptCorrection,
  type ReceiptEnd,
} from "#kernel";
import type { TestDatabase } from "./database.ts";

const START_MS = Date.UTC(2026, 10, 20, 12);
let tick = 0;

/** A new id at the next millisecond of the tests' own time. */
export function testId(kind: IdKind, atMs: number = START_MS + (tick += 1)): string {
  return newId(kind, { nowMs: () => atMs }, (length) => randomBytes(length));
}

export function makeEnd(parts: Partial<ReceiptEnd> = {}): ReceiptEnd {
  return {
    provider: "openai",
    endpoint: "openai/gpt-5",
    kind: "measured",
    units: { input: 10, output: 5 },
    cost_nano: "1500",
    upstream_cost_nano: "1000",
    attempts: [{ endpoint: "openai/gpt-5", provider: "openai", status: 200, code: null, duration_ms: 90 }],
    outcome: "completed",
    status: 200,
    error_code: null,
    first_byte_ms: 40,
    duration_ms: 90,
    flags: [],
    ...parts,
  };
}

export function makeReceipt(orgId: string, parts: Partial<Receipt> = {}): Receipt {
  const id = parts.id ?? testId("generation");
  return {
    id,
    occurred_at: new Date(idTimeMs(id)).toISOString(),
    org_id: orgId,
    key_id: "key_01jd2v5f9gfq2t0000000000aa",
    mode: "live",
    operation: "chat.completions",
    streamed: true,
    model: "openai/gpt-5",
    price_version: "2026-11-20.ab12cd",
    held_nano: "2000",
    ...makeEnd(),
    ...parts,
  };
}

export function makeCorrection(receipt: Receipt, parts: Partial<ReceiptCorrection> = {}): ReceiptCorrection {
  const id = testId("correction");
  return {
    id,
    occurred_at: new Date(idTimeMs(id)).toISOString(),
    receipt_id: receipt.id,
    receipt_occurred_at: receipt.occurred_at,
    org_id: receipt.org_id,
    cost_delta_nano: "700",
    upstream_cost_delta_nano: "500",
    end: makeEnd({ flags: ["late"] }),
    ...parts,
  };
}

export function makeAlert(orgId: string, parts: Partial<BudgetAlert> = {}): BudgetAlert {
  const id = parts.id ?? testId("alert");
  return {
    id,
    occurred_at: new Date(idTimeMs(id)).toISOString(),
    org_id: orgId,
    scope: "organization",
    period: "day",
    period_name: "2026-11-22",
    percent: 80,
    limit_nano: "1000",
    spent_nano: "810",
    ...parts,
  };
}

export function makeExpiry(orgId: string, parts: Partial<CreditExpiry> = {}): CreditExpiry {
  const id = parts.id ?? testId("expiry");
  return {
    id,
    occurred_at: new Date(idTimeMs(id)).toISOString(),
    org_id: orgId,
    amount_nano: "300",
    expired_at: "2026-11-20T11:59:00.000Z",
    ...parts,
  };
}

const LOCATOR_LENGTH = 17;

/** A new organization, written as the console writes it. Answers its id and locator. */
export async function makeOrganization(db: TestDatabase, region: "g" | "e" = "g") {
  const id = testId("organization");
  const locator = id.slice(-LOCATOR_LENGTH);
  await db.query(
    "insert into organization (id, name, locator, region) values ($1, 'Test', $2, $3)",
    [id, locator, region],
    "console_app",
  );
  return { id, locator };
}
