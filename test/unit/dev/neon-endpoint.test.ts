import { neon, neonConfig, type NeonQueryFunction } from "@neondatabase/serverless";
import { drizzle } from "drizzle-orm/neon-http";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectionString, openNeon, type NeonStack, START_TIMEOUT_MS } from "./support.ts";

const BODY_LIMIT_BYTES = 64 * 1024;

let stack: NeonStack;
let sql: NeonQueryFunction<false, false>;

beforeAll(async () => {
  stack = await openNeon({ maxBodyBytes: BODY_LIMIT_BYTES });
  neonConfig.fetchEndpoint = stack.url;
  sql = neon(connectionString("app"));
}, START_TIMEOUT_MS);
afterAll(() => stack.close());
beforeEach(() =>
  stack.database.run(null, (session) => session.script("TRUNCATE note; INSERT INTO note VALUES (1, 'one')")),
);

const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(stack.url, {
    method: "POST",
    headers: { "Neon-Connection-String": connectionString("app"), ...headers },
    body,
  });

describe("single queries through the unmodified driver", () => {
  test("parameters go in and typed values come out", async () => {
    const rows = await sql`SELECT ${7}::int AS seven, ${"ä'\\"}::text AS words, ${null}::text AS nothing,
      ${true}::bool AS yes, 9007199254740993::int8 AS big, 1.50::numeric AS exact, '{"a":[1]}'::jsonb AS json,
      ARRAY[1,2]::int[] AS list, '2026-01-02T03:04:05.678Z'::timestamptz AS at, '\\x00ff'::bytea AS bytes`;
    expect(rows).toEqual([
      {
        seven: 7,
        words: "ä'\\",
        nothing: null,
        yes: true,
        big: "9007199254740993",
        exact: "1.50",
        json: { a: [1] },
        list: [1, 2],
        at: new Date("2026-01-02T03:04:05.678Z"),
        bytes: Buffer.from([0, 255]),
      },
    ]);
  });

  test("array parameters arrive as the driver encodes them", async () => {
    const rows = await sql`SELECT count(*)::int AS found FROM note WHERE id = ANY(${[1, 2, 3]})`;
    expect(rows).toEqual([{ found: 1 }]);
  });

  test("array mode keeps two columns of the same name", async () => {
    const arrays = neon(connectionString("app"), { arrayMode: true });
    expect(await arrays`SELECT 1 AS x, 2 AS x`).toEqual([[1, 2]]);
  });

  test("full results carry command, row count and field types", async () => {
    const full = neon(connectionString("app"), { fullResults: true });
    const result = await full`INSERT INTO note VALUES (2, 'two'), (3, 'three') RETURNING id`;
    expect(result).toMatchObject({ command: "INSERT", rowCount: 2, rows: [{ id: 2 }, { id: 3 }] });
    expect(result.fields).toMatchObject([{ name: "id", dataTypeID: 23 }]);
  });

  test("drizzle's neon-http adapter reads and writes", async () => {
    const note = pgTable("note", { id: integer().primaryKey(), body: text().notNull() });
    const db = drizzle({ client: sql });
    await db.batch([db.insert(note).values({ id: 5, body: "five" }), db.insert(note).values({ id: 6, body: "six" })]);
    expect(await db.select().from(note).orderBy(note.id)).toEqual([
      { id: 1, body: "one" },
      { id: 5, body: "five" },
      { id: 6, body: "six" },
    ]);
  });
});

describe("batches are one transaction", () => {
  test("all statements are there after a commit", async () => {
    const results = await sql.transaction([
      sql`INSERT INTO note VALUES (2, 'two')`,
      sql`SELECT id FROM note ORDER BY id`,
    ]);
    expect(results).toEqual([[], [{ id: 1 }, { id: 2 }]]);
    expect(await sql`SELECT id FROM note ORDER BY id`).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test("none is there when one fails", async () => {
    const batch = sql.transaction([sql`INSERT INTO note VALUES (2, 'two')`, sql`INSERT INTO note VALUES (1, 'again')`]);
    await expect(batch).rejects.toMatchObject({ code: "23505" });
    expect(await sql`SELECT id FROM note`).toEqual([{ id: 1 }]);
  });

  test.each([
    ["ReadUncommitted", "read uncommitted"],
    ["ReadCommitted", "read committed"],
    ["RepeatableRead", "repeatable read"],
    ["Serializable", "serializable"],
  ] as const)("isolation level %s is Postgres' '%s'", async (isolationLevel, expected) => {
    const [rows] = await sql.transaction([sql`SELECT current_setting('transaction_isolation') AS level`], {
      isolationLevel,
    });
    expect(rows).toEqual([{ level: expected }]);
  });

  test("read only refuses a write, deferrable is passed on", async () => {
    const write = sql.transaction([sql`INSERT INTO note VALUES (2, 'two')`], { readOnly: true });
    await expect(write).rejects.toMatchObject({ code: "25006" });
    const [rows] = await sql.transaction([sql`SELECT current_setting('transaction_deferrable') AS deferrable`], {
      isolationLevel: "Serializable",
      readOnly: true,
      deferrable: true,
    });
    expect(rows).toEqual([{ deferrable: "on" }]);
  });

  test("an unknown isolation level is refused", async () => {
    const response = await post(`{"queries":[{"query":"SELECT 1"}]}`, { "Neon-Batch-Isolation-Level": "Snapshot" });
    expect(response.status).toBe(400);
  });

  test("nothing is left open or set for the next caller", async () => {
    await sql.transaction([sql`SELECT set_config('app.actor', 'someone', false)`]);
    await sql`BEGIN`;
    const rows = await sql`SELECT current_setting('app.actor', true) AS actor, pg_current_xact_id_if_assigned() AS txn`;
    expect(rows).toEqual([{ actor: "", txn: null }]);
    await expect(sql`ROLLBACK TO SAVEPOINT a`).rejects.toMatchObject({ code: "25P01" });
  });
});

describe("the form of the answer", () => {
  test("raw text gives every value as text, with its type beside it", async () => {
    const response = await post(`{"query":"SELECT 1::int AS a, true AS b, NULL AS c"}`, {
      "Neon-Raw-Text-Output": "true",
      "Neon-Array-Mode": "true",
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      command: "SELECT",
      rowCount: 1,
      rowAsArray: true,
      rows: [["1", "t", null]],
      fields: [{ dataTypeID: 23 }, { dataTypeID: 16 }, { dataTypeID: 25 }],
    });
  });

  test("without raw text, values are JSON where JSON can hold them", async () => {
    const query = `SELECT 1::int AS a, 1::int8 AS b, 'NaN'::float8 AS c, 0.5::float8 AS d, '[1]'::json AS e, ARRAY['x'] AS f`;
    const response = await post(JSON.stringify({ query }));
    expect(await response.json()).toMatchObject({
      rowAsArray: false,
      rows: [{ a: 1, b: "1", c: "NaN", d: 0.5, e: [1], f: ["x"] }],
    });
  });
});

describe("errors carry Postgres' fields", () => {
  test("a constraint names itself", async () => {
    await expect(sql`INSERT INTO note VALUES (2, 'one')`).rejects.toMatchObject({
      name: "NeonDbError",
      severity: "ERROR",
      code: "23505",
      detail: "Key (body)=(one) already exists.",
      schema: "public",
      table: "note",
      constraint: "note_body_key",
    });
  });

  test("a syntax error has its position, an unknown column its hint", async () => {
    await expect(sql`SELEC 1`).rejects.toMatchObject({ code: "42601", position: "1" });
    await expect(sql`SELECT bod FROM note`).rejects.toMatchObject({
      code: "42703",
      hint: expect.stringContaining("note.body"),
    });
  });

  test("two statements in one query are refused", async () => {
    await expect(sql.query("SELECT 1; SELECT 2")).rejects.toMatchObject({ code: "42601" });
  });

  test("a wrong password and an unknown user read alike", async () => {
    for (const user of ["app", "nobody"]) {
      const wrong = neon(`postgresql://${user}:wrong@127.0.0.1/postgres`);
      await expect(wrong`SELECT 1`).rejects.toMatchObject({
        code: "28P01",
        message: `password authentication failed for user "${user}"`,
      });
    }
  });

  test("no connection string, no JSON, wrong shape, wrong method and wrong path are refused", async () => {
    expect((await fetch(stack.url, { method: "POST", body: `{"query":"SELECT 1"}` })).status).toBe(400);
    expect((await post("{")).status).toBe(400);
    expect((await post(`{"query":1}`)).status).toBe(400);
    expect((await fetch(stack.url)).status).toBe(405);
    expect((await fetch(`${stack.url}/x`, { method: "POST" })).status).toBe(404);
  });

  test("a body over the bound is refused with 413, also without a length header", async () => {
    const body = JSON.stringify({ query: `SELECT '${"x".repeat(BODY_LIMIT_BYTES)}'` });
    expect((await post(body)).status).toBe(413);
    const chunked = new Blob([body]).stream();
    const response = await fetch(stack.url, {
      method: "POST",
      headers: { "Neon-Connection-String": connectionString("app") },
      body: chunked,
      duplex: "half",
    });
    expect(response.status).toBe(413);
  });

  test("an answer over the bound is refused with 507", async () => {
    await expect(sql`SELECT repeat('x', ${BODY_LIMIT_BYTES})`).rejects.toThrow("507");
  });
});
