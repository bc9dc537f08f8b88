import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareColumns } from "#privacy";
import { dataMap } from "#store";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";

let db: TestDatabase;

/** Every table and column of the live database but Postgres's own; a partition counts as its parent. */
async function liveColumns(): Promise<Map<string, Set<string>>> {
  const rows = await db.query<{ table_name: string; column_name: string }>(
    `select case when table_schema = 'public' then table_name else table_schema || '.' || table_name end as table_name, column_name
     from information_schema.columns
     where table_schema not in ('pg_catalog', 'information_schema') and table_schema not like 'pg\\_%'
       and not exists (select from pg_inherits i
         where i.inhrelid = format('%I.%I', table_schema, table_name)::regclass and i.inhparent = 'public.usage_receipt'::regclass)`,
  );
  const live = new Map<string, Set<string>>();
  for (const { table_name, column_name } of rows)
    live.set(table_name, (live.get(table_name) ?? new Set()).add(column_name));
  return live;
}

/** The live schema against the map, the same on PGlite and on real Postgres. */
export function registerDataMapSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });
  describe("the data map and the live database", () => {
    test("S26: they agree on every table and column", async () => {
      const live = await liveColumns();
      expect(live.size).toBeGreaterThan(10);
      expect(compareColumns(dataMap, live)).toEqual([]);
    });

    test("S26: a new column without a row in the map is found", async () => {
      await db.query("alter table organization add column shoe_size integer");
      expect(compareColumns(dataMap, await liveColumns())).toEqual([
        "column organization.shoe_size is not in the data map",
      ]);
      await db.query("alter table organization drop column shoe_size");
    });

    test("S26: a new table without a row in the map is found, in any schema", async () => {
      await db.query("create schema hidden");
      await db.query("create table hidden.visits (ip text)");
      expect(compareColumns(dataMap, await liveColumns())).toEqual(["table hidden.visits is not in the data map"]);
      await db.query("drop schema hidden cascade");
    });

    test("S26: a mapped column that was dropped is found", async () => {
      await db.query("alter table wallet_credit drop column created_at");
      expect(compareColumns(dataMap, await liveColumns())).toEqual([
        "wallet_credit.created_at is mapped and does not exist",
      ]);
    });
  });
}
