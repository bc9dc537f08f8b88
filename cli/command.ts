import type { ParseArgsOptionsConfig } from "node:util";
import { CliError, EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface CommandInput {
  readonly io: Io;
  readonly values: OptionValues;
  /** As many as `positionals` names. */
  readonly positionals: readonly string[];
}

export interface CommandResult {
  /** For programs: printed with `--json`. */
  readonly json: unknown;
  /** For people. */
  readonly text: string;
}

/** One command: `prismatic keys create`. */
export interface Command {
  readonly words: readonly string[];
  readonly summary: string;
  /** Its options as the help shows them, one a line: name, then meaning. */
  readonly help: readonly (readonly [option: string, meaning: string])[];
  readonly options: ParseArgsOptionsConfig;
  readonly positionals: readonly string[];
  readonly run: (input: CommandInput) => Promise<CommandResult>;
}

export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** An option that takes one of some words. Throws `CliError`. */
export function oneOf<Value extends string>(option: string, value: string, known: readonly Value[]): Value {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new CliError(EXIT.usage, `${option} takes ${known.join(", ")}, not '${value}'.`);
  return found;
}
