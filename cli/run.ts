import { parseArgs } from "node:util";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { CliError, EXIT, type ExitCode } from "./exit-codes.ts";
import { helpOf, overview } from "./help.ts";
import type { Io } from "./io.ts";
import { printable } from "./text-table.ts";

/** A key on the command line stands in the shell's history, and in everybody's list of processes. */
const SECRET = /prism_(live|test|mgmt)_[0-9A-Za-z]{20}/;

/** Runs one command line and answers what the process ends with. Throws nothing. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await run(args, io);
  } catch (error) {
    return tell(error, args.includes("--json"), io);
  }
}

async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  if (args.some((argument) => SECRET.test(argument)))
    throw new CliError(
      EXIT.usage,
      "That is a key. Not on the command line: others can read it there. Set PRISMATIC_API_KEY, or use --key-stdin.",
    );
  if (args.length === 0 || ["help", "--help", "-h"].includes(args[0] ?? "")) {
    io.stdout(overview());
    return EXIT.ok;
  }
  const command = findCommand(args);
  const rest = args.slice(command.words.length);
  const { values, positionals } = read(command, rest);
  if (values["help"] === true) {
    io.stdout(helpOf(command));
    return EXIT.ok;
  }
  if (positionals.length !== command.positionals.length) {
    const wanted = command.positionals.map((name) => `<${name}>`).join(" ");
    throw usage(command, wanted === "" ? "it takes no arguments" : `it takes ${wanted}`);
  }
  const { json, text } = await command.run({ io, values, positionals });
  io.stdout(values["json"] === true ? `${JSON.stringify(json, null, 2)}\n` : text);
  return EXIT.ok;
}

function findCommand(args: readonly string[]): Command {
  const found = COMMANDS.find(({ words }) => words.every((word, index) => args[index] === word));
  if (found) return found;
  const group = COMMANDS.filter(({ words }) => words.length > 1 && words[0] === args[0]);
  const known = group.length === 0 ? "" : ` It is one of: ${group.map(({ words }) => words.join(" ")).join(", ")}.`;
  throw new CliError(EXIT.usage, `There is no such command.${known} 'prismatic --help' lists them all.`);
}

function read(command: Command, rest: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      options: { ...command.options, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
      strict: true,
    });
    const known: Record<string, string | boolean | undefined> = {};
    for (const [name, value] of Object.entries(values)) if (!Array.isArray(value)) known[name] = value;
    return { values: known, positionals };
  } catch (error) {
    // Node names the option that is wrong, in a sentence and then in advice about dashes that does not help here.
    const sentence = error instanceof Error ? (error.message.split(". ")[0] ?? "") : "";
    throw usage(command, sentence);
  }
}

const usage = ({ words }: Command, why: string): CliError =>
  new CliError(EXIT.usage, `prismatic ${words.join(" ")}: ${why}. Try 'prismatic ${words.join(" ")} --help'.`);

/** Errors go to stderr, so that what reads stdout gets a whole answer or none. */
function tell(error: unknown, asJson: boolean, io: Io): ExitCode {
  const known = error instanceof CliError ? error : unforeseen(error);
  const { message, code, requestId, exitCode } = known;
  const id = requestId === null ? "" : ` (request ${requestId})`;
  io.stderr(
    asJson
      ? `${JSON.stringify({ error: { code, message, request_id: requestId } })}\n`
      : `${printable(`prismatic: ${message}${id}`)}\n`,
  );
  return exitCode;
}

/** What the file system says names a path and a reason; of anything else the text may hold anything. */
function unforeseen(error: unknown): CliError {
  const isSystem = error instanceof Error && typeof Reflect.get(error, "syscall") === "string";
  return new CliError(EXIT.failed, isSystem ? error.message : "Something went wrong that should not have.", {
    cause: error,
  });
}
