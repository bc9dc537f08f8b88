import { and, asc, eq, gte, sql } from "drizzle-orm";
import { z } from "zod";
import type { ChainLink } from "#audit";
import type { Database } from "../control-outbox.ts";
import { auditEntry, auditSeal } from "../schema/index.ts";
import { entryColumns, sealColumns } from "./columns.ts";
import { askJson } from "../reconcile/ask-json.ts";

/** Of a page in memory; a page is some hundred kilobytes at most. */
const LINKS_PER_PAGE = 500;

/**
 * A chain's seals with their entries, by position, page by page. Each page begins with the last position of the one
 * before, so that a second row of it cannot hide between two pages.
 */
export async function* readChain(db: Database, chain: string): AsyncGenerator<readonly ChainLink[]> {
  let from = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = await db
      .select({ seal: sealColumns, entry: entryColumns })
      .from(auditSeal)
      .leftJoin(auditEntry, eq(auditEntry.id, auditSeal.entryId))
      .where(and(eq(auditSeal.chain, chain), gte(auditSeal.position, from)))
      .orderBy(asc(auditSeal.position))
      .limit(LINKS_PER_PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page[0]?.seal.position === from ? page.slice(1) : page;
    if (page.length < LINKS_PER_PAGE) return;
    from = last.seal.position;
  }
}

/**
 * Every chain by name, one step each: those that have seals and those that have entries, because a chain whose seals are
 * all gone is one too. Each step is two look-ups in an index.
 */
export async function* readChains(db: Database): AsyncGenerator<string> {
  let after = "";
  for (;;) {
    const next: string | null = await askJson(
      db,
      sql`select coalesce(to_jsonb(min(chain))::text, 'null') as answer from (
        (select ${auditSeal.chain} as chain from ${auditSeal} where ${auditSeal.chain} > ${after}
          order by ${auditSeal.chain} limit 1)
        union all
        (select ${auditEntry.orgId} from ${auditEntry} where ${auditEntry.orgId} > ${after}
          order by ${auditEntry.orgId} limit 1)
        union all
        (select 'platform' where 'platform' > ${after}
          and exists (select 1 from ${auditEntry} where ${auditEntry.orgId} is null))
      ) chains`,
      z.string().nullable(),
    );
    if (next === null) return;
    yield next;
    after = next;
  }
}
