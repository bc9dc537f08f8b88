import { readFile, rename, writeFile } from "node:fs/promises";
import { formatHeads, parseHeads, type ChainHead } from "#audit";
import { CannotRun } from "./cannot-run.ts";

/** Reads heads that were kept: a file of `--write-head`, or lines of the console's log. Throws where it is neither. */
export async function readHeadFile(path: string): Promise<ReadonlyMap<string, ChainHead>> {
  try {
    return parseHeads(await readFile(path, "utf8"));
  } catch (cause) {
    throw new CannotRun(`--head ${path}: ${cause instanceof Error ? cause.message : "unreadable"}`, { cause });
  }
}

/** Written whole or not at all: half a file would say that chains it leaves out have no head. */
export async function writeHeadFile(path: string, heads: ReadonlyMap<string, ChainHead>): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, formatHeads(heads.values()));
  await rename(draft, path);
}
