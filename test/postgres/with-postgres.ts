import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/**
 * Runs a command with TEST_DATABASE_URL naming a throw-away Postgres: finds the server's programs, makes a cluster in a
 * temporary folder, starts it on a free loopback port, runs, stops, removes. An already set TEST_DATABASE_URL is used
 * as it is. Usage: node test/postgres/with-postgres.ts <command> [arguments…]
 */
const [command, ...commandArguments] = process.argv.slice(2);
if (command === undefined) throw new Error("usage: with-postgres.ts <command> [arguments…]");

const START_TIMEOUT_S = 30;
const SUPERUSER = "prismatic_test";

process.exitCode =
  process.env["TEST_DATABASE_URL"] === undefined
    ? await withCluster((url) => run(command, commandArguments, url))
    : await run(command, commandArguments, process.env["TEST_DATABASE_URL"]);

async function withCluster(work: (url: string) => Promise<number>): Promise<number> {
  const bin = findPostgres();
  const folder = mkdtempSync(join(tmpdir(), "prismatic-postgres-"));
  const asUser = unprivilegedUser(folder);
  const data = join(folder, "data");
  const pgCtl = (...rest: string[]) => execAs(asUser, join(bin, "pg_ctl"), ["-D", data, ...rest]);
  let started = false;
  try {
    execAs(asUser, join(bin, "initdb"), ["-D", data, "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--no-sync"]);
    const port = await freePort();
    // Durability is switched off: the cluster lives for one command. Sockets stay in its own folder.
    const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200`;
    pgCtl("-o", settings, "-l", join(folder, "log"), "-w", "-t", String(START_TIMEOUT_S), "start");
    started = true;
    return await work(`postgresql://${SUPERUSER}@127.0.0.1:${port}/postgres`);
  } finally {
    if (started) pgCtl("-m", "immediate", "-w", "stop");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where PATH has a server's programs, there; else Debian's folder of the newest version. */
function findPostgres(): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((left, right) => Number(right) - Number(left)) : [];
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [...folders, ...versions.map((version) => join(debian, version, "bin"))];
  const found = candidates.find((folder) => existsSync(join(folder, "initdb")));
  if (found === undefined)
    throw new Error(
      "no Postgres server found: install one (Debian: apt-get install postgresql) or set TEST_DATABASE_URL",
    );
  return found;
}

/** Postgres refuses to run as root: then the cluster belongs to `postgres`, or to `nobody` where that is missing. */
function unprivilegedUser(folder: string): string | null {
  if (process.getuid?.() !== 0) return null;
  for (const user of ["postgres", "nobody"]) {
    try {
      const uid = Number(execFileSync("id", ["-u", user], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
      chmodSync(folder, 0o700);
      chownSync(folder, uid, Number(execFileSync("id", ["-g", user], { encoding: "utf8" })));
      return user;
    } catch {
      // This machine has no such user; the next one is tried.
    }
  }
  throw new Error("running as root and neither 'postgres' nor 'nobody' exists: Postgres will not start");
}

function execAs(user: string | null, program: string, programArguments: string[]): void {
  const [file, list] =
    user === null ? [program, programArguments] : ["runuser", ["-u", user, "--", program, ...programArguments]];
  // The working folder may be unreadable for that user; output goes nowhere, or the server would keep our pipe open.
  execFileSync(file, list, { cwd: "/", stdio: ["ignore", "ignore", "inherit"] });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

function run(file: string, list: string[], url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, list, { stdio: "inherit", env: { ...process.env, TEST_DATABASE_URL: url } });
    // Ctrl-C reaches the child too; this process stays to stop the server.
    process.on("SIGINT", () => null);
    process.on("SIGTERM", () => child.kill("SIGTERM"));
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
