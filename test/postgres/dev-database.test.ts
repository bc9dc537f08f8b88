import { afterAll, beforeAll, expect, test } from "vitest";
import { neon, neonConfig } from "@neondatabase/serverless";
import { randomBytes } from "node:crypto";
import { PostgresDatabase, provisionLogins } from "../../dev/database/postgres-database.ts";
import type { Logins } from "../../dev/database/logins.ts";
import { createNeonEndpoint } from "../../dev/neon/endpoint.ts";
import { listen } from "../../dev/stack/listen.ts";

/** The dev stack on a Postgres of the developer's own: roles are real logins, held to their grants by the server. */
const URL_OF_SERVER = process.env["TEST_DATABASE_URL"] ?? "";
const role = `dev_app_${randomBytes(6).toString("hex")}`;
const password = "quote ' and / slash";
const logins: Logins = new Map([[role, { password, role }]]);
const database = new PostgresDatabase(URL_OF_SERVER, logins);
const server = createNeonEndpoint({ database, logins });
const sql = neon(`postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1/postgres`);

beforeAll(async () => {
  await database.run(null, async (session) => {
    await session.script(
      `CREATE ROLE ${role}; CREATE TABLE ${role}_note (id int PRIMARY KEY); GRANT SELECT ON ${role}_note TO ${role}`,
    );
  });
  await provisionLogins(database, logins);
  neonConfig.fetchEndpoint = `http://127.0.0.1:${await listen(server, 0, "Neon endpoint")}/sql`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await database.run(null, (session) => session.script(`DROP TABLE ${role}_note; DROP ROLE ${role}`));
  await database.close();
});

test("the server itself holds the role to its grants, and the role cannot become another", async () => {
  expect(await sql`SELECT current_user AS me, session_user AS login`).toEqual([{ me: role, login: role }]);
  await expect(sql.query(`INSERT INTO ${role}_note VALUES (1)`)).rejects.toMatchObject({ code: "42501" });
  await sql`RESET ROLE`;
  await sql`RESET SESSION AUTHORIZATION`;
  expect(await sql`SELECT current_user AS me`).toEqual([{ me: role }]);
  await expect(sql`SET ROLE pg_read_all_data`).rejects.toMatchObject({ code: "42501" });
});

test("a pooled connection is handed on without settings or an open transaction", async () => {
  await sql`SELECT set_config('app.actor', 'someone', false)`;
  await sql`BEGIN`;
  expect(await sql`SELECT coalesce(current_setting('app.actor', true), '') AS actor`).toEqual([{ actor: "" }]);
  // Inside a transaction that somebody left open this would succeed.
  await expect(sql`SAVEPOINT left_open`).rejects.toMatchObject({ code: "25P01" });
});

test("batches, raw types and error fields are as on the embedded database", async () => {
  const [rows] = await sql.transaction([sql`SELECT current_setting('transaction_isolation') AS level`], {
    isolationLevel: "Serializable",
  });
  expect(rows).toEqual([{ level: "serializable" }]);
  await expect(sql.query("SELECT 1; SELECT 2")).rejects.toMatchObject({ code: "42601" });
  await expect(sql`SELECT nothing`).rejects.toMatchObject({ code: "42703", position: "8", severity: "ERROR" });
});
