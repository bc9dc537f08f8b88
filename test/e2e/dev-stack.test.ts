import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asOwner } from "../../dev/database/owner-queries.ts";
import { startStack, type Stack } from "../../dev/stack/stack.ts";
import {
  freePortBase,
  isAlive,
  spawnDev,
  temporaryDirectory,
  waitUntilReady,
  type DevProcess,
} from "./support/dev-process.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
const EXIT_TIMEOUT_MS = 30_000;

type Directory = Awaited<ReturnType<typeof temporaryDirectory>>;

interface State {
  readonly gateway: string;
  readonly console: string;
  readonly database_url: string;
  readonly demo: Readonly<Record<string, string | null>>;
}

const readState = async (dataDir: string): Promise<State> =>
  JSON.parse(await readFile(join(dataDir, "state.json"), "utf8"));
const readChildren = async (dataDir: string): Promise<number[]> =>
  JSON.parse(await readFile(join(dataDir, "children.json"), "utf8"));

async function queryAs(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function exitOf(dev: DevProcess): Promise<number | null | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((done) => {
    timer = setTimeout(() => done("late"), EXIT_TIMEOUT_MS);
  });
  return Promise.race([dev.exited, late]).finally(() => clearTimeout(timer));
}

describe("npm run dev, from start to a killed process and back", () => {
  let directory: Directory;
  let portBase = 0;
  let dev: DevProcess;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    portBase = await freePortBase();
    dev = spawnDev(directory.path, portBase);
    await waitUntilReady(dev);
  });
  afterAll(async () => {
    dev.child.kill("SIGTERM");
    await exitOf(dev);
    await directory.remove();
  });

  test("state.json is the contract's, private to the developer", async () => {
    const state = await readState(directory.path);
    const url = (offset: number): string => `http://127.0.0.1:${portBase + offset}`;
    const keyOf = (mode: string) => expect.stringMatching(new RegExp(`^prism_${mode}_g[0-9A-Za-z]{67}$`));
    expect(state).toStrictEqual({
      gateway: url(7),
      site: null,
      console: url(9),
      sim: url(10),
      mailbox: url(11),
      payments: null,
      neon: url(13),
      database_url: expect.stringMatching(
        new RegExp(`^postgresql://readonly_app:[^@]+@127\\.0\\.0\\.1:${portBase + 14}/`),
      ),
      demo: {
        api_key: keyOf("live"),
        test_key: keyOf("test"),
        org_id: expect.stringMatching(/^org_/),
        admin_email: "admin@example.test",
        admin_password: expect.stringMatching(/^[\w-]{20}$/),
        operator_email: "operator@example.test",
        operator_password: expect.stringMatching(/^[\w-]{20}$/),
        operator_totp_secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      },
    });
    for (const name of ["state.json", "secrets.json"]) {
      expect((await stat(join(directory.path, name))).mode & 0o077).toBe(0);
    }
  });

  test("both Workers answer, and the banner carries the keys and a curl", async () => {
    const state = await readState(directory.path);
    expect((await fetch(`${state.gateway}/health`)).status).toBe(200);
    expect((await fetch(`${state.console}/health`)).status).toBe(200);
    expect(dev.output()).toContain(`curl -N ${state.gateway}/v1/chat/completions`);
    expect(dev.output()).toContain(state.demo["api_key"]);
    expect(dev.output().trimEnd().split("\n").at(-1)).toBe("ready");
  });

  test("database_url reads every table and writes none", async () => {
    const { database_url: url } = await readState(directory.path);
    const tables = await queryAs(
      url,
      // A sealed provider key is read by nobody but the gateway, so that its table is readable but for that column.
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT has_any_column_privilege(schemaname || '.' || tablename, 'SELECT')",
    );
    expect(tables).toEqual([]);
    await expect(queryAs(url, "UPDATE organization SET name = 'x'")).rejects.toMatchObject({ code: "42501" });
  });

  test("a second start on the same ports says which port, what wanted it, and PORT_BASE", async () => {
    const other = await temporaryDirectory();
    const second = spawnDev(other.path, portBase);
    expect(await exitOf(second)).toBe(1);
    expect(second.output().trim()).toBe(
      `port ${portBase + 7} is taken (wanted by the gateway): stop what listens there, or set PORT_BASE to move the whole stack`,
    );
    await other.remove();
  });

  test("a second start on the same data is refused, and the first lives on", async () => {
    const second = spawnDev(directory.path, await freePortBase());
    expect(await exitOf(second)).toBe(1);
    expect(second.output()).toContain("another dev stack runs on");
    const state = await readState(directory.path);
    expect((await fetch(`${state.gateway}/health`)).status).toBe(200);
  });

  test("npm run key makes a key that works at once, and revokes it", async () => {
    const key = (args: readonly string[]) =>
      run(process.execPath, [join(ROOT, "dev/key.ts"), ...args], {
        env: { PATH: process.env["PATH"] ?? "", DEV_DATA_DIR: directory.path },
      });
    const created = JSON.parse(
      (await key(["create", "--org", "Demo", "--rpm", "60", "--budget", "5.00", "--period", "month", "--json"])).stdout,
    );
    expect(created).toMatchObject({
      id: expect.stringMatching(/^key_/),
      key: expect.stringMatching(/^prism_live_/),
      applied: true,
    });
    const state = await readState(directory.path);
    const self = () => fetch(`${state.gateway}/v1/key`, { headers: { authorization: `Bearer ${created.key}` } });
    expect((await self()).status).toBe(200);
    await key(["revoke", created.id]);
    expect((await self()).status).toBe(401);
    await expect(key(["create", "--org", "Demo", "--rpm", "many"])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--rpm"),
    });
    await expect(key(["create", "--org", "Nobody"])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no organization"),
    });
  });

  test.runIf(existsSync("/proc/self/stat"))(
    "Ctrl-C leaves no process and no state; the next start has the same data",
    async () => {
      const before = await readState(directory.path);
      const children = await readChildren(directory.path);
      expect(children.length).toBeGreaterThan(0);
      dev.child.kill("SIGINT");
      expect(await exitOf(dev)).toBe(0);
      expect(await Promise.all(children.map(isAlive))).not.toContain(true);
      expect(existsSync(join(directory.path, "state.json"))).toBe(false);
      dev = spawnDev(directory.path, portBase);
      await waitUntilReady(dev);
      expect((await readState(directory.path)).demo).toEqual(before.demo);
    },
  );

  test.runIf(existsSync("/proc/self/stat"))(
    "a stack killed outright is no obstacle: its workerd is ended, its stale state replaced",
    async () => {
      const before = await readState(directory.path);
      const children = await readChildren(directory.path);
      dev.child.kill("SIGKILL");
      await exitOf(dev);
      expect(existsSync(join(directory.path, "state.json"))).toBe(true);
      expect(await Promise.all(children.map(isAlive))).toContain(true);
      dev = spawnDev(directory.path, portBase);
      await waitUntilReady(dev);
      expect(await Promise.all(children.map(isAlive))).not.toContain(true);
      expect((await readState(directory.path)).demo).toEqual(before.demo);
    },
  );

  test("--fresh starts clean", async () => {
    const before = await readState(directory.path);
    dev.child.kill("SIGTERM");
    expect(await exitOf(dev)).toBe(0);
    dev = spawnDev(directory.path, portBase, ["--fresh"]);
    await waitUntilReady(dev);
    const after = await readState(directory.path);
    expect(after.demo["org_id"]).not.toBe(before.demo["org_id"]);
    expect(after.demo["api_key"]).not.toBe(before.demo["api_key"]);
  });
});

describe("startStack, as tests and the bench use it", () => {
  let directory: Directory;
  let stack: Stack;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    stack = await startStack({ dataDir: directory.path, inMemory: true });
  });
  afterAll(async () => {
    await stack.stop();
    await directory.remove();
  });

  test("the demo organization has its credit, and every event reached its Account object", async () => {
    const [row] = await asOwner(stack.database, (owner) =>
      owner.query(
        `SELECT (SELECT count(*)::int FROM control_outbox WHERE applied_at IS NULL) AS waiting,
        (SELECT sum(amount_nano)::text FROM wallet_credit WHERE org_id = $1) AS credit_nano,
        (SELECT sum(amount_nano)::int FROM ledger_entry) AS ledger_sum`,
        [stack.state.demo.org_id],
      ),
    );
    expect(row).toEqual({ waiting: 0, credit_nano: "25000000000", ledger_sum: 0 });
  });

  test("the live key streams from the simulator", async () => {
    const response = await fetch(`${stack.urls.gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.state.demo.api_key}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: "openai/gpt-4o-mini",
        stream: true,
        messages: [{ role: "user", content: "Hello" }],
      }),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("data: [DONE]");
    expect(stack.sim.totals()).toBeTruthy();
  });

  test("a second stop does nothing", async () => {
    const other = await temporaryDirectory();
    const second = await startStack({ dataDir: other.path, inMemory: true });
    await second.stop();
    await second.stop();
    await expect(fetch(`${second.urls.gateway}/health`)).rejects.toThrow();
    await other.remove();
  });
});
