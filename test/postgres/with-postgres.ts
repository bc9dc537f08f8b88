import { spawn } from "node:child_process";
import { NOT_DURABLE, startCluster } from "./cluster.ts";

/**
 * Runs a command with TEST_DATABASE_URL naming a throw-away Postgres: starts a cluster of its own, runs, stops, removes.
 * An already set TEST_DATABASE_URL is used as it is. Usage: node test/postgres/with-postgres.ts <command> [arguments…]
 */
const [command, ...commandArguments] = process.argv.slice(2);
if (command === undefined) throw new Error("usage: with-postgres.ts <command> [arguments…]");

process.exitCode =
  process.env["TEST_DATABASE_URL"] === undefined
    ? await runOnCluster(command, commandArguments)
    : await run(command, commandArguments, process.env["TEST_DATABASE_URL"]);

async function runOnCluster(file: string, list: string[]): Promise<number> {
  const cluster = await startCluster(NOT_DURABLE);
  try {
    return await run(file, list, cluster.url);
  } finally {
    cluster.stop();
  }
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
