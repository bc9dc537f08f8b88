import { exportEntries, type ChainHead } from "#audit";
import { readEntries } from "#store";
import { readArguments, USAGE, type AuditArguments } from "./audit/arguments.ts";
import { CannotRun } from "./audit/cannot-run.ts";
import { readHeadFile, writeHeadFile } from "./audit/head-file.ts";
import { openLog, type OpenLog } from "./audit/open-log.ts";
import { verdictLine } from "./audit/verdict-line.ts";
import { verifyLog } from "./audit/verify-log.ts";
import { explain } from "./explain.ts";

/**
 * `npm run audit:verify [-- --org org_… --head FILE --write-head FILE]`: whether the audit log is what was sealed.
 * `npm run audit:export -- --org org_… [--format jsonl|csv]`: an organization's entries, on standard output.
 */
const BROKEN_EXIT = 1;
/** Nothing was found, because nothing could be looked at. */
const NOT_RUN_EXIT = 2;

async function verify(log: OpenLog, { org, head, writeHead }: AuditArguments): Promise<void> {
  const keptHeads = head === null ? new Map<string, ChainHead>() : await readHeadFile(head);
  const newHeads = new Map(keptHeads);
  let [chains, broken] = [0, 0];
  for await (const verdict of verifyLog({ db: log.db, keys: log.keys(), only: org, keptHeads, nowMs: Date.now() })) {
    chains += 1;
    if (!verdict.ok) broken += 1;
    else if (verdict.head !== null) newHeads.set(verdict.chain, verdict.head);
    console.log(verdictLine(verdict));
  }
  console.log(`${chains} chains, ${broken} broken`);
  if (broken > 0) process.exitCode = BROKEN_EXIT;
  // A head of a broken chain would be kept as if it were right, and the evidence overwritten.
  else if (writeHead !== null) await writeHeadFile(writeHead, newHeads);
}

async function write(log: OpenLog, { org, format }: AuditArguments): Promise<void> {
  if (org === null) throw new CannotRun(USAGE);
  for await (const text of exportEntries(readEntries(log.db, org), format)) {
    if (!process.stdout.write(text)) {
      await new Promise<void>((resolve) => {
        process.stdout.once("drain", resolve);
      });
    }
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const log = await openLog(process.env);
  try {
    await (args.command === "verify" ? verify(log, args) : write(log, args));
  } finally {
    await log.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof CannotRun ? error.message : explain(error));
  process.exit(NOT_RUN_EXIT);
}
