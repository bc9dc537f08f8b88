import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const START_TIMEOUT_S = 30;
const SUPERUSER = "prismatic_test";

/** A throw-away Postgres server of its own folder, on a free loopback port. */
export interface Cluster {
  /** The superuser's, on the database `postgres`. */
  readonly url: string;
  /** The process that all its others are children of. */
  readonly postmasterId: number;
  readonly folder: string;
  /** Stops the server and removes its folder. Synchronous, so that it also works while a process exits; once. */
  stop(): void;
}

/** For a cluster that lives for one command: nothing that it was told need outlive a crash. */
export const NOT_DURABLE: ServerSettings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

export type ServerSettings = Readonly<Record<string, string>>;

/**
 * Finds the server's programs, makes a cluster in a temporary folder and starts it with these settings over the
 * defaults of its version. Throws where no server is installed.
 */
export async function startCluster(settings: ServerSettings): Promise<Cluster> {
  const bin = findPostgres();
  const folder = mkdtempSync(join(tmpdir(), "prismatic-postgres-"));
  let running = false;
  const stop = (pgCtl: (...rest: string[]) => void): void => {
    if (running) pgCtl("-m", "immediate", "-w", "stop");
    running = false;
    rmSync(folder, { recursive: true, force: true });
  };
  let pgCtl: (...rest: string[]) => void = () => undefined;
  try {
    const asUser = unprivilegedUser(folder);
    const data = join(folder, "data");
    pgCtl = (...rest) => execAs(asUser, join(bin, "pg_ctl"), ["-D", data, ...rest]);
    execAs(asUser, join(bin, "initdb"), ["-D", data, "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--no-sync"]);
    const port = await freePort();
    const all = { listen_addresses: "127.0.0.1", unix_socket_directories: folder, max_connections: "200", ...settings };
    // Sockets stay in its own folder.
    const options = Object.entries(all).map(([name, value]) => `-c ${name}=${value}`);
    pgCtl(
      "-o",
      `-p ${port} ${options.join(" ")}`,
      "-l",
      join(folder, "log"),
      "-w",
      "-t",
      `${START_TIMEOUT_S}`,
      "start",
    );
    running = true;
    const [pid = ""] = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
    const url = `postgresql://${SUPERUSER}@127.0.0.1:${port}/postgres`;
    return { url, postmasterId: Number(pid), folder, stop: () => stop(pgCtl) };
  } catch (error) {
    stop(pgCtl);
    throw error;
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
