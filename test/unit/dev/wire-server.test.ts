import { Client, type ClientConfig } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PgliteDatabase } from "../../../dev/database/pglite-database.ts";
import { listen } from "../../../dev/stack/listen.ts";
import { createWireServer, type WireServer } from "../../../dev/wire/server.ts";
import { connectionString, LOGINS, openDatabase, START_TIMEOUT_MS } from "./support.ts";

const IDLE_TIMEOUT_MS = 300;

let database: PgliteDatabase;
let wire: WireServer;
let port = 0;

beforeAll(async () => {
  database = await openDatabase();
  wire = await createWireServer({ database, logins: LOGINS, idleTransactionTimeoutMs: IDLE_TIMEOUT_MS });
  port = await listen(wire.server, 0, "Postgres wire");
}, START_TIMEOUT_MS);
afterAll(async () => {
  wire.server.close();
  await wire.closeConnections();
  await database.close();
});

async function connected<T>(user: string, work: (client: Client) => Promise<T>, config: ClientConfig = {}): Promise<T> {
  const client = new Client({ connectionString: connectionString(user, port), ...config });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe("the unmodified pg client", () => {
  test("simple and extended queries answer with typed values", async () => {
    await connected("app", async (client) => {
      expect((await client.query("SELECT 1 AS one; SELECT 2 AS two")).constructor.name).toBe("Array");
      const { rows } = await client.query("SELECT $1::int AS a, $2::text AS b, now() > '2020-01-01' AS c", [5, "ü"]);
      expect(rows).toEqual([{ a: 5, b: "ü", c: true }]);
    });
  });

  test("an error in the extended protocol leaves the connection usable", async () => {
    await connected("app", async (client) => {
      await expect(client.query("SELECT $1::int", ["x"])).rejects.toMatchObject({ code: "22P02" });
      expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    });
  });

  test("named statements of two connections do not meet", async () => {
    await connected("app", (first) =>
      connected("app", async (second) => {
        await first.query({ name: "mine", text: "SELECT 'first' AS who" });
        const other = await second.query({ name: "mine", text: "SELECT 'second' AS who" });
        const again = await first.query({ name: "mine", text: "SELECT 'first' AS who" });
        expect([other.rows, again.rows]).toEqual([[{ who: "second" }], [{ who: "first" }]]);
      }),
    );
    const left = await database.run(null, (session) =>
      session.execute("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''"),
    );
    expect(left.rows).toEqual([["0"]]);
  });

  test("a transaction commits or rolls back as a whole, alone", async () => {
    await connected("app", async (client) => {
      await client.query("BEGIN");
      await client.query("INSERT INTO note VALUES (1, 'kept')");
      const meanwhile = database.run("app", (session) => session.execute("SELECT count(*) FROM note"));
      await client.query("COMMIT");
      expect((await meanwhile).rows).toEqual([["1"]]);
      await client.query("BEGIN");
      await client.query("INSERT INTO note VALUES (2, 'dropped')");
      await client.query("ROLLBACK");
      expect((await client.query("SELECT id FROM note")).rows).toEqual([{ id: 1 }]);
    });
  });

  test("a connection that ends inside a transaction leaves nothing", async () => {
    await connected("app", async (client) => {
      await client.query("BEGIN");
      await client.query("INSERT INTO note VALUES (3, 'abandoned')");
    });
    await connected("app", async (client) => {
      expect((await client.query("SELECT id FROM note WHERE id = 3")).rows).toEqual([]);
    });
  });
});

describe("roles", () => {
  test("the user name decides the role, and its grants hold", async () => {
    await connected("reader", async (client) => {
      expect((await client.query("SELECT current_user AS me")).rows).toEqual([{ me: "reader" }]);
      await expect(client.query("INSERT INTO note VALUES (9, 'x')")).rejects.toMatchObject({ code: "42501" });
    });
    await connected("postgres", async (client) => {
      expect((await client.query("SELECT count(*)::int AS n FROM secret")).rows).toEqual([{ n: 0 }]);
    });
  });

  test("it cannot be taken off, alone, in a batch, in a transaction or with parameters", async () => {
    await connected("reader", async (client) => {
      for (const text of [
        "RESET ROLE",
        "SELECT 1; SET ROLE postgres; SELECT 2",
        "RESET SESSION AUTHORIZATION",
        "DO $$ BEGIN RESET ROLE; END $$",
      ]) {
        await expect(client.query(text)).rejects.toMatchObject({ code: "42501" });
      }
      await client.query("BEGIN");
      await expect(client.query({ text: "SET ROLE postgres", values: [] })).rejects.toMatchObject({ code: "42501" });
      await expect(client.query("SELECT 1")).rejects.toMatchObject({ code: "25P02" });
      await client.query("ROLLBACK");
      await client.query("BEGIN; COMMIT");
      expect((await client.query("SELECT current_user AS me")).rows).toEqual([{ me: "reader" }]);
    });
  });

  test("a wrong password and an unknown user are refused", async () => {
    const wrong = connected("reader", () => Promise.resolve(), {
      connectionString: `postgresql://reader:wrong@127.0.0.1:${port}/postgres`,
    });
    await expect(wrong).rejects.toMatchObject({ code: "28P01" });
    await expect(connected("nobody", () => Promise.resolve())).rejects.toMatchObject({ code: "28P01" });
  });
});

describe("bounds", () => {
  test("an idle transaction is cancelled, and the next caller gets its turn", async () => {
    const client = new Client({ connectionString: connectionString("app", port) });
    const ended = new Promise<Error>((resolve) => {
      client.on("error", resolve);
    });
    await client.connect();
    await client.query("BEGIN");
    await client.query("INSERT INTO note VALUES (4, 'idle')");
    const waiting = database.run("app", (session) => session.execute("SELECT count(*) FROM note WHERE id = 4"));
    expect(await ended).toMatchObject({ code: "25P03" });
    expect((await waiting).rows).toEqual([["0"]]);
  });

  test("a transaction that keeps working is not idle", async () => {
    await connected("app", async (client) => {
      await client.query("BEGIN");
      await client.query("SELECT pg_sleep(0.25)");
      await client.query("SELECT pg_sleep(0.25)");
      await client.query("COMMIT");
    });
  });

  test("bytes that are not the protocol end the connection", async () => {
    const response = fetch(`http://127.0.0.1:${port}/`);
    await expect(response).rejects.toThrow("fetch failed");
    await connected("app", async (client) => {
      expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    });
  });
});
