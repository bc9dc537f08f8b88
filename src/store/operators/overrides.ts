import { desc, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { askJson } from "../reconcile/ask-json.ts";
import { priceOverride, providerStop } from "../schema/index.ts";

export interface PriceOverrideRow {
  /** 0 where there is none. */
  readonly version: number;
  /** As they were written; #edge-sql decodes them. */
  readonly entries: unknown;
  readonly reason: string | null;
  readonly createdAt: Date | null;
}

export async function readPriceOverrides(db: Database): Promise<PriceOverrideRow> {
  const [row] = await db.select().from(priceOverride).orderBy(desc(priceOverride.version)).limit(1);
  return row ?? { version: 0, entries: [], reason: null, createdAt: null };
}

export interface ProviderStopRow {
  /** 0 where there is none. */
  readonly version: number;
  readonly targets: readonly string[];
  readonly reason: string | null;
  readonly createdAt: Date | null;
}

export async function readProviderStops(db: Database): Promise<ProviderStopRow> {
  const [row] = await db.select().from(providerStop).orderBy(desc(providerStop.version)).limit(1);
  return row ?? { version: 0, targets: [], reason: null, createdAt: null };
}

const version = z.number().nullable();

/** The new version; null where `base` is not the newest any more. `db` acts as an operator. */
export function setPriceOverrides(
  db: Database,
  base: number,
  entries: readonly unknown[],
  reason: string,
): Promise<number | null> {
  return askJson(
    db,
    sql`select coalesce(to_json(set_price_overrides(${base}, ${JSON.stringify(entries)}::jsonb, ${reason})), 'null')::text as answer`,
    version,
  );
}

/** The new version; null where `base` is not the newest any more. `db` acts as an operator. */
export function setProviderStops(
  db: Database,
  base: number,
  targets: readonly string[],
  reason: string,
): Promise<number | null> {
  const list = sql`array(select jsonb_array_elements_text(${JSON.stringify(targets)}::jsonb))`;
  return askJson(
    db,
    sql`select coalesce(to_json(set_provider_stops(${base}, ${list}, ${reason})), 'null')::text as answer`,
    version,
  );
}
