import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PgliteDatabase } from "../../../dev/database/pglite-database.ts";
import { openDatabase, START_TIMEOUT_MS } from "./support.ts";

let database: PgliteDatabase;
beforeAll(async () => {
  database = await openDatabase();
}, START_TIMEOUT_MS);
afterAll(() => database.close());

const currentUser = async (role: string | null): Promise<string | null | undefined> =>
  database.run(role, async (session) => (await session.execute("SELECT current_user")).rows[0]?.[0]);

describe("a role is held to its grants", () => {
  test("it reads and writes what it was granted and nothing else", async () => {
    await database.run("app", (session) => session.execute("INSERT INTO note VALUES (1, 'one')"));
    const read = await database.run("reader", (session) => session.execute("SELECT body FROM note"));
    expect(read.rows).toEqual([["one"]]);
    await expect(database.run("reader", (session) => session.execute("DELETE FROM note"))).rejects.toMatchObject({
      code: "42501",
    });
    await expect(database.run("app", (session) => session.execute("SELECT * FROM secret"))).rejects.toMatchObject({
      code: "42501",
    });
  });

  test("an unknown role gets no session and does not block the next", async () => {
    await expect(currentUser("no_such_role")).rejects.toMatchObject({ code: "22023" });
    expect(await currentUser("app")).toBe("app");
  });
});

describe("a role cannot be taken off", () => {
  test.each([
    "RESET ROLE",
    "SET ROLE postgres",
    "set /* a comment */ local -- another\n role to postgres",
    'SET "role" TO postgres',
    'SET U&"\\0072ole" TO postgres',
    "RESET SESSION AUTHORIZATION",
    "SET SESSION AUTHORIZATION DEFAULT",
    "SET SESSION SESSION AUTHORIZATION postgres",
    "SET LOCAL session_authorization = postgres",
    "DISCARD ALL",
    "SET standard_conforming_strings = off",
    "SELECT set_config('role', 'postgres', false)",
    "SELECT pg_catalog.set_config('session_authorization', 'postgres', true)",
    "SELECT pg_catalog.set_config_unchecked('role', 'postgres', false)",
    "UPDATE pg_settings SET setting = 'postgres' WHERE name = 'role'",
    "SELECT set_config('session_replication_role', 'replica', false)",
    "DO $$ BEGIN EXECUTE 'RESET ROLE'; END $$",
    "CREATE FUNCTION pg_temp.escape() RETURNS void LANGUAGE sql AS 'RESET ROLE'",
    "SELECT query_to_xml('RESET ROLE', true, true, '')",
  ])("%s is refused and the role stays", async (statement) => {
    await database.run("app", async (session) => {
      await expect(session.execute(statement)).rejects.toHaveProperty(
        "code",
        expect.stringMatching(/^(42501|0A000|42601|28000)$/),
      );
      expect((await session.execute("SELECT current_user")).rows).toEqual([["app"]]);
    });
  });

  test("not behind another statement, a literal, a quoted name or a dollar quote", async () => {
    for (const prefix of [
      "SELECT 1;",
      "SELECT 'it''s; fine';",
      `SELECT 1 AS "a;'";`,
      "SELECT $q$;'$q$;",
      "SELECT E'\\';';",
      "/* /* nested */ ' */",
    ]) {
      await database.run("app", async (session) => {
        await expect(session.script(`${prefix} RESET ROLE`)).rejects.toMatchObject({ code: "42501" });
      });
    }
  });

  test("not by turning off standard strings, which would hide a statement from the guard", async () => {
    await database.run("app", async (session) => {
      await session.script("SELECT set_config('Standard_Conforming_Strings', 'off', false)");
      const answer = await session.execute("SELECT current_setting('standard_conforming_strings')");
      expect(answer.rows).toEqual([["on"]]);
    });
  });

  test("not by ending the transaction, as SET LOCAL ROLE would", async () => {
    await database.run("app", async (session) => {
      await session.script("BEGIN; COMMIT; BEGIN; ROLLBACK");
      expect((await session.execute("SELECT current_user")).rows).toEqual([["app"]]);
    });
  });

  test("and the words are free where they are not the statement", async () => {
    await database.run("app", async (session) => {
      const answer = await session.execute("SELECT 'RESET ROLE; SET ROLE x' AS role -- SET ROLE y");
      expect(answer.rows).toEqual([["RESET ROLE; SET ROLE x"]]);
      await session.script("SET search_path = public; SET LOCAL TIME ZONE 'UTC'; RESET search_path");
    });
  });
});

describe("between callers", () => {
  test("an open or failed transaction, settings and temporary tables are gone", async () => {
    await database.run(null, async (session) => {
      await session.script(
        "BEGIN; INSERT INTO secret VALUES (1); CREATE TEMP TABLE left_over (x int); SET work_mem = '1MB'",
      );
    });
    await database.run(null, async (session) => {
      await session.script("BEGIN");
      await expect(session.execute("SELECT 1/0")).rejects.toMatchObject({ code: "22012" });
    });
    await database.run(null, async (session) => {
      expect((await session.execute("SELECT count(*) FROM secret")).rows).toEqual([["0"]]);
      expect((await session.execute("SELECT to_regclass('left_over'), current_setting('work_mem')")).rows).toEqual([
        [null, "4MB"],
      ]);
    });
  });

  test("functions of the owner still run as the owner", async () => {
    const answer = await database.run("app", (session) => session.execute("SELECT trusted()"));
    expect(answer.rows).toEqual([["postgres"]]);
  });

  test("callers take turns, in order", async () => {
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map((number) =>
        database.run("app", async (session) => {
          await session.execute("SELECT 1");
          order.push(number);
          await session.execute("SELECT 1");
          order.push(number);
        }),
      ),
    );
    expect(order).toEqual([1, 1, 2, 2, 3, 3]);
  });
});

describe("bounds", () => {
  let small: PgliteDatabase;
  beforeAll(async () => {
    small = await openDatabase({ maxWaiting: 1, statementTimeoutMs: 1_500 });
  }, START_TIMEOUT_MS);
  afterAll(() => small.close());

  test("more callers than may wait are refused at once", async () => {
    const first = await small.lease("app");
    const second = small.lease("app");
    await expect(small.lease("app")).rejects.toMatchObject({ code: "53300" });
    await first.release();
    await (await second).release();
  });

  test(
    "a statement over its time is cut off and the database goes on",
    async () => {
      const endless = small.run(null, (session) =>
        session.execute("SELECT count(*) FROM generate_series(1, 1e12::int8)"),
      );
      await expect(endless).rejects.toMatchObject({ code: "57014" });
      const next = await small.run(null, (session) => session.execute("SELECT 1"));
      expect(next.rows).toEqual([["1"]]);
    },
    START_TIMEOUT_MS,
  );

  test("COPY FROM, which ends the embedded Postgres, is refused", async () => {
    await expect(database.run("app", (session) => session.script("COPY note FROM STDIN"))).rejects.toMatchObject({
      code: "0A000",
    });
  });
});
