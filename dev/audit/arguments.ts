import { parseArgs } from "node:util";
import { EXPORT_FORMATS, PLATFORM_CHAIN, type ExportFormat } from "#audit";
import { isId } from "#kernel";
import { CannotRun } from "./cannot-run.ts";

export const USAGE = `usage:
  npm run audit:verify [-- --org org_…|platform] [--head FILE] [--write-head FILE]
  npm run audit:export -- --org org_… [--format jsonl|csv]`;

export interface AuditArguments {
  readonly command: "verify" | "export";
  readonly org: string | null;
  readonly head: string | null;
  readonly writeHead: string | null;
  readonly format: ExportFormat;
}

/** Reads the command line. Throws `CannotRun`. */
export function readArguments(args: readonly string[]): AuditArguments {
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
