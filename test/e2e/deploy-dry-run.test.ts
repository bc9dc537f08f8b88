import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** The real command, in a copy that has no git, no neighbours and no variables, and with every way to a network watched. */
const ROOT = resolve(import.meta.dirname, "../..");
const TREE = ["cli", "dev", "migrations", "package.json", "package-lock.json", "src", "workers", "wrangler.toml"];
const RUN_MS = 120_000;
const STAGING_ACCOUNTS: unknown = expect.objectContaining({
  name: "ACCOUNT",
  script_name: "prismatic-gateway-staging",
});

let home: string;
let copy: string;
let attempts: string;
let end: { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Tells what a process looks up or connects to, and lets none of it happen. */
const guard = (file: string): string => `
import { appendFileSync } from "node:fs";
import dns from "node:dns";
import net from "node:net";
const refuse = (what) => (...args) => {
  appendFileSync(${JSON.stringify(file)}, process.argv.slice(0, 3).join(" ") + ": " + what + " " + JSON.stringify(args[0]) + "\\n");
  throw new Error("there is no network here");
};
net.Socket.prototype.connect = refuse("connect");
for (const name of ["lookup", "resolve", "resolve4", "resolve6"]) dns[name] = dns.promises[name] = refuse(name);
globalThis.fetch = refuse("fetch");
`;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "prismatic-dry-run-"));
  copy = join(home, "clone");
  attempts = join(home, "attempts");
  await mkdir(copy);
  for (const name of TREE) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
  await writeFile(join(home, "guard.mjs"), guard(attempts));
  await writeFile(attempts, "");
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    NODE_OPTIONS: `--import=${join(home, "guard.mjs")}`,
    npm_config_update_notifier: "false",
  };
  end = await new Promise((done) => {
    execFile(
      "npm",
      ["run", "deploy", "--", "--dry-run"],
      { cwd: copy, env, timeout: RUN_MS },
      (error, stdout, stderr) =>
        done({ exitCode: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stdout, stderr }),
    );
  });
}, RUN_MS);
afterAll(() => rm(home, { recursive: true, force: true }));

describe("npm run deploy -- --dry-run, offline in a fresh copy", () => {
  test("builds both Workers, shows the plan and ends well", () => {
    expect(end.exitCode, end.stdout + end.stderr).toBe(0);
    expect(end.stdout).toMatch(/gateway, gzip: start \d+ bytes/);
    expect(end.stdout).toContain("Plan for staging");
    for (const step of ["secrets", "migrate", "logins", "gateway", "console", "verify"])
      expect(end.stdout).toMatch(new RegExp(`^${step} +do`, "m"));
  });

  test("tries no network, in any of its processes", async () => {
    expect(await readFile(attempts, "utf8")).toBe("");
    // The watch sees one that does.
    await new Promise((done) => {
      const code = 'try { fetch("http://example.test"); } catch { require("node:net").connect(9); }';
      execFile(process.execPath, ["--import", join(home, "guard.mjs"), "-e", code], done);
    });
    expect(await readFile(attempts, "utf8")).toMatch(/fetch "http:\/\/example.test"\n.*connect/);
  });

  test("leaves builds and rendered files, and no state", async () => {
    const config: { name: string; durable_objects: unknown } = JSON.parse(
      await readFile(join(copy, "dist/deploy/staging/console/wrangler.json"), "utf8"),
    );
    expect(config).toMatchObject({
      name: "prismatic-console-staging",
      durable_objects: { bindings: expect.arrayContaining([STAGING_ACCOUNTS]) },
      vars: { ENVIRONMENT: "production", SITE_URL: "https://staging.prismaticapi.com" },
    });
    expect(await readdir(copy)).not.toContain(".deploy");
  });
});
