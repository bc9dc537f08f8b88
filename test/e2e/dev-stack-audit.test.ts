import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asOwner } from "../../dev/database/owner-queries.ts";
import { callConsole } from "../../dev/stack/cron.ts";
import { startStack, type Stack } from "../../dev/stack/stack.ts";
import { temporaryDirectory } from "./support/dev-process.ts";

const ROOT = resolve(import.meta.dirname, "../..");

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let stack: Stack;

beforeAll(async () => {
  directory = await temporaryDirectory();
  stack = await startStack({ dataDir: directory.path, inMemory: true });
  await callConsole(stack.urls.console, "seal-audit", stack.secrets.internal_token);
});
afterAll(async () => {
  await stack.stop();
  await directory.remove();
});

interface Ran {
  readonly exit: number;
  readonly output: string;
}

/** As `npm run audit:…` does. */
function audit(...args: readonly string[]): Promise<Ran> {
  const env = { ...process.env, DEV_DATA_DIR: directory.path, DATABASE_URL: "" };
  return new Promise((done) => {
    execFile(process.execPath, ["dev/audit.ts", ...args], { cwd: ROOT, env }, (error, stdout, stderr) => {
      done({ exit: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
    });
  });
}

const orgId = (): string => stack.state.demo.org_id;
const change = (...statements: readonly string[]): Promise<void> =>
  asOwner(stack.database, async (owner) => {
    for (const sql of statements) await owner.query(sql, []);
  });

describe("npm run audit:verify and audit:export, on a stack that runs", () => {
  test("what the console sealed verifies, and its head is kept", async () => {
    const heads = join(directory.path, "heads.jsonl");
    const { exit, output } = await audit("verify", "--write-head", heads);
    expect([exit, output]).toEqual([
      0,
      expect.stringMatching(
        /^org_\w+ {2}verified {2}4 sealed\nplatform {2}verified {2}\d+ sealed\n2 chains, 0 broken\n$/,
      ),
    ]);
    const kept = (await readFile(heads, "utf8")).trim().split("\n");
    expect(kept.map((line): unknown => JSON.parse(line))).toMatchObject([
      { chain: orgId(), position: 4 },
      { chain: "platform" },
    ]);
    expect((await audit("verify", "--head", heads, "--org", orgId())).exit).toBe(0);
  });

  test("a change by the database's owner, past its triggers, is exit 1, and no head of it is kept", async () => {
    const heads = join(directory.path, "heads-of-broken.jsonl");
    await change(
      "alter table audit_entry disable trigger audit_entry_append_only",
      `update audit_entry set actor_kind = 'operator', actor_id = 'usr_1' where seq = 2`,
    );
    const { exit, output } = await audit("verify", "--write-head", heads);
    expect([exit, output]).toEqual([
      1,
      expect.stringMatching(/BROKEN {2}mac_wrong at 2 of aud_\w+, 1 sealed before it/),
    ]);
    await expect(readFile(heads)).rejects.toThrow("ENOENT");
    await change(
      `update audit_entry set actor_kind = 'system', actor_id = null where seq = 2`,
      "alter table audit_entry enable always trigger audit_entry_append_only",
    );
    expect((await audit("verify")).exit).toBe(0);
  });

  test("a cut-off end is exit 1 with the head that was kept", async () => {
    const heads = join(directory.path, "farther.jsonl");
    await writeFile(heads, `${JSON.stringify({ chain: orgId(), position: 5, mac: "A".repeat(43) })}\n`);
    const { exit, output } = await audit("verify", "--head", heads);
    expect([exit, output]).toEqual([1, expect.stringContaining("head_missing at 5")]);
  });

  test("an export has the organization's entries with their seals", async () => {
    const { exit, output } = await audit("export", "--org", orgId());
    const lines = output
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(exit).toBe(0);
    expect(lines).toMatchObject([1, 2, 3, 4].map((position) => ({ position })));
    expect((await audit("export", "--org", orgId(), "--format", "csv")).output).toMatch(/^id,seq,/);
  });

  test("a head file that is not there is exit 2: nothing was looked at", async () => {
    const { exit, output } = await audit("verify", "--head", "/nowhere/heads.jsonl");
    expect([exit, output]).toEqual([2, expect.stringContaining("--head /nowhere/heads.jsonl: ENOENT")]);
  });
});
