import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { listen } from "../../dev/stack/listen.ts";

/** A throw-away Redis on a free loopback port, that writes nothing to disk. */
export interface RedisServer {
  readonly port: number;
  /** Stops it where it is, so that it takes connections and answers nothing; `goOn` lets it. */
  freeze(): void;
  goOn(): void;
  stop(): Promise<void>;
}

const READY = "Ready to accept connections";

/** Throws where no `redis-server` is installed (Debian: apt-get install redis-server). */
export async function startRedis(port?: number): Promise<RedisServer> {
  const chosen = port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), "prismatic-redis-"));
  const settings = ["--port", String(chosen), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn("redis-server", [...settings, "--dir", folder], { stdio: ["ignore", "pipe", "inherit"] });
  // A test that fails on its way ends the process; nothing is left running behind it.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const exited = once(child, "close");
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) if (line.includes(READY)) return;
    throw new Error("redis-server ended before it was ready");
  })();
  await Promise.race([ready, once(child, "error").then(([error]: unknown[]) => Promise.reject(error))]);
  child.stdout.resume();
  return {
    port: chosen,
    freeze: () => void child.kill("SIGSTOP"),
    goOn: () => void child.kill("SIGCONT"),
    async stop() {
      process.off("exit", kill);
      child.kill("SIGCONT");
      child.kill("SIGKILL");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, 0, "free port");
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  return port;
}
