import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { builderOf } from "./deploy/builder.ts";
import { postgresPort } from "./deploy/database.ts";
import { deploy } from "./deploy/deploy.ts";
import { gitOf } from "./deploy/git.ts";
import { runProcess } from "./deploy/run-process.ts";
import { askAtTerminal } from "./deploy/terminal.ts";
import { childEnvironment, gitEnvironment } from "./deploy/child-environment.ts";
import { Wrangler } from "./deploy/wrangler.ts";

/** `npm run deploy -- --env staging|production`: docs/operations.md is its runbook. */
const ROOT = resolve(import.meta.dirname, "..");

const isDryRun = process.argv.includes("--dry-run");
const wrangler = new Wrangler({
  command: [process.execPath, resolve(ROOT, "node_modules/wrangler/bin/wrangler.js")],
  root: ROOT,
  env: childEnvironment(process.env, isDryRun),
  run: runProcess,
  sleep: (ms) => sleep(ms),
});

process.exitCode = await deploy(
  process.argv.slice(2),
  {
    env: process.env,
    out: (line) => console.log(line),
    ask: askAtTerminal(),
    fetch: (url, init) => fetch(url, init),
    sleep: (ms) => sleep(ms),
    random: randomBytes,
    database: postgresPort,
    wrangler,
    git: gitOf(ROOT, gitEnvironment(process.env), runProcess),
    builder: builderOf(ROOT, wrangler),
  },
  { deployDir: resolve(ROOT, ".deploy"), distDir: resolve(ROOT, "dist/deploy") },
);
