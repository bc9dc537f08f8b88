import { copyFile, constants, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { textOption, type Command, type CommandInput, type CommandResult, type OptionValues } from "../command.ts";
import { readIfPresent } from "../credentials.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";

export interface SettingsFile {
  readonly path: string;
  /** The whole file as it is to be; made from what is there, null where nothing is. */
  readonly change: (before: string | null) => string;
  /** What else there is to do, in full sentences. */
  readonly next: string;
}

export const SETUP_HELP: Command["help"] = [
  ["--write", "write the file instead of printing it"],
  ["--yes", "with --write: change a file that is there; the old one is kept beside it"],
];
export const SETUP_OPTIONS = { write: { type: "boolean" }, yes: { type: "boolean" } } as const;

/** Prints a tool's settings, or writes them. What is there is changed only with `--yes`, and kept. */
export async function setUp(
  { io, values }: Pick<CommandInput, "io" | "values">,
  { path, change, next }: SettingsFile,
): Promise<CommandResult> {
  const before = await readIfPresent(path);
  const text = change(before);
  if (values["write"] !== true) {
    io.stderr(`Put this into ${path}, or run it again with --write.\n\n`);
    return { json: { path, text, written: false, backup: null }, text };
  }
  if (before === text) return written(path, null, "is as it should be already", next);
  if (before !== null && values["yes"] !== true)
    throw new CliError(EXIT.refused, `${path} is there already. --yes changes it and keeps the old one beside it.`);
  const backup = before === null ? null : await keep(io, path);
  await replace(path, text);
  return written(path, backup, backup === null ? "is written" : `is changed; the old one is ${backup}`, next);
}

const written = (path: string, backup: string | null, what: string, next: string): CommandResult => ({
  json: { path, written: true, backup },
  text: `${path} ${what}.\n${next}\n`,
});

async function keep(io: Io, path: string): Promise<string> {
  const backup = `${path}.backup-${new Date(io.nowMs()).toISOString().replaceAll(/[:.]/g, "-")}`;
  await copyFile(path, backup, constants.COPYFILE_EXCL);
  return backup;
}

const OWNER_ONLY = 0o600;

/** At once or not at all. A link to the file stays one, and who may read it stays as it was. */
async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const target = await realpath(path).catch(() => path);
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => OWNER_ONLY,
  );
  const partial = `${target}.partial`;
  await rm(partial, { force: true });
  await writeFile(partial, text, { mode, flag: "wx" });
  await rename(partial, target);
}

/** A model's name stands in a file of the tool's: nothing that could end its text there. */
export function modelOption(values: OptionValues): string | undefined {
  const model = textOption(values, "model");
  if (model !== undefined && !/^[\w./:@-]{1,200}$/.test(model))
    throw new CliError(EXIT.usage, "--model is a name like openai/gpt-5.2.");
  return model;
}
