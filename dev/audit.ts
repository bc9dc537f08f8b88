import { parseArgs } from "node:util";
import { exportEntries, EXPORT_FORMATS, PLATFORM_CHAIN, type ChainHead, type ExportFormat } from "#audit";
import { isId } from "#kernel";
import { readEntries } from "#store";
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
const USAGE = `usage:
  npm run audit:verify [-- --org org_…|platform] [--head FILE] [--write-head FILE]
  npm run audit:export -- --org org_… [--format jsonl|csv]`;
const BROKEN_EXIT = 1;
/** Nothing was found, because nothing could be looked at. */
const NOT_RUN_EXIT = 2;

interface Arguments {
  readonly command: "verify" | "export";
  readonly org: string | null;
  readonly head: string | null;
  readonly writeHead: string | null;
  readonly format: ExportFormat;
}

function readArguments(args: readonly string[]): Arguments {
  const text = { type: "string" } as const;
  const { values, positionals } = parseOptions(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { org: text, head: text, "write-head": text, format: text },
    }),
  );
  const [command] = positionals;
  const format = EXPORT_FORMATS.find((known) => known === (values.format ?? "jsonl"));
  const org = values.org ?? null;
  if ((command !== "verify" && command !== "export") || positionals.length !== 1 || format === undefined)
    throw new CannotRun(USAGE);
  if (org !== null && org !== PLATFORM_CHAIN && !isId("organization", org)) throw new CannotRun(USAGE);
  if (command === "export" && (org === null || org === PLATFORM_CHAIN)) throw new CannotRun(USAGE);
  return { command, org, head: values.head ?? null, writeHead: values["write-head"] ?? null, format };
}

function parseOptions<Parsed>(parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (cause) {
    throw new CannotRun(USAGE, { cause });
  }
}

async function verify(log: OpenLog, { org, head, writeHead }: Arguments): Promise<void> {
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

async function write(log: OpenLog, { org, format }: Arguments): Promise<void> {
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
