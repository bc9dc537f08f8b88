import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MigrationDatabase } from "../../../../dev/database/migrate.ts";
import { migrationFiles } from "../../../../dev/database/migrate.ts";
import { ownerWork } from "../../../../dev/deploy/database.ts";
import { databaseStartMs } from "../../../support/database.ts";

let pglite: PGlite;
let db: MigrationDatabase;
beforeAll(async () => {
  pglite = await PGlite.create();
  db = {
    exec: async (sql) => void (await pglite.exec(sql)),
    query: async <T>(sql: string, params?: unknown[]) => (await pglite.query<T>(sql, params)).rows,
  };
}, databaseStartMs);
afterAll(() => pglite.close());

describe("the database of a deploy", () => {
  test("an empty one lacks everything, and has everything after", { timeout: databaseStartMs }, async () => {
    const owner = ownerWork(db);
    const tags = (await migrationFiles()).map(({ tag }) => tag);
    expect(await owner.status()).toEqual({ pending: tags, unknown: 0, changed: [] });
    expect((await pglite.query("select 1 from pg_namespace where nspname = 'drizzle'")).rows).toEqual([]);
    expect(await owner.migrate()).toEqual(tags);
    expect(await owner.status()).toEqual({ pending: [], unknown: 0, changed: [] });
    expect(await owner.migrate()).toEqual([]);
  });

  test("one that a later tree has migrated is ahead, and one whose past was changed is told", async () => {
    const owner = ownerWork(db);
    await db.exec("insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)");
    expect(await owner.status()).toMatchObject({ unknown: 1 });
    await db.exec("update drizzle.__drizzle_migrations set hash = 'changed' where id = 1");
    expect((await owner.status()).changed).toEqual(["0000_identifiers"]);
  });

  test("a role that is let in logs in with a password, whatever is in it", async () => {
    await ownerWork(db).allowLogin("gateway_app", "it's a password");
    const { rows } = await pglite.query(
      "select rolcanlogin from pg_roles where rolname in ('gateway_app', 'console_app') order by 1",
    );
    expect(rows).toEqual([{ rolcanlogin: false }, { rolcanlogin: true }]);
  });
});
