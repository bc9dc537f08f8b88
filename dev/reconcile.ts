import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { explain } from "./explain.ts";
import { askReconcile, type ReconcileDoor } from "./reconcile/ask-reconcile.ts";
import { isClean, reportLines } from "./reconcile/report-lines.ts";
import { isStackRunning } from "./stack/instance-lock.ts";
import { readEnvironment } from "./stack/provider-env.ts";
import { readSecrets } from "./stack/secrets.ts";
import { readState } from "./stack/state.ts";

/** `npm run reconcile [-- --org org_…] [--json]`: compares all Account objects of the running dev stack with the ledger. */
const ROOT = resolve(import.meta.dirname, "..");
const DIFFERENT_EXIT = 1;

async function findDoor(): Promise<ReconcileDoor | null> {
  const environment = await readEnvironment(resolve(ROOT, ".dev.vars"), process.env);
  const dataDir = resolve(ROOT, environment["DEV_DATA_DIR"] ?? ".dev");
  const [secrets, state] = [await readSecrets(dataDir), await readState(dataDir)];
  if (secrets === null || state === null || !(await isStackRunning(dataDir))) return null;
  return { consoleUrl: state.console, internalToken: secrets.internal_token };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { org: { type: "string" }, json: { type: "boolean" } } });
  const door = await findDoor();
  if (door === null) {
    console.error("No stack is running: start one with `npm run dev`. Objects answer only while it runs.");
    process.exitCode = DIFFERENT_EXIT;
    return;
  }
  let [organizations, differences, unclean] = [0, 0, 0];
  for await (const report of askReconcile(door, values.org ?? null)) {
    organizations += 1;
    differences += report.differences.length;
    if (!isClean(report)) unclean += 1;
    console.log(values.json ? JSON.stringify(report) : reportLines(report).join("\n"));
  }
  if (organizations === 0 && values.org !== undefined) {
    console.error(`There is no organization ${values.org}.`);
    process.exitCode = DIFFERENT_EXIT;
    return;
  }
  if (!values.json) console.log(`${organizations} organizations, ${differences} differences`);
  if (unclean > 0) process.exitCode = DIFFERENT_EXIT;
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exit(DIFFERENT_EXIT);
}
