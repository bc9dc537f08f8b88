import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";

const INDENT = "  ";

const ENVIRONMENT = `Environment:
  PRISMATIC_API_KEY         an API key, for balance and models
  PRISMATIC_MANAGEMENT_KEY  a management key, instead of 'prismatic login'
  PRISMATIC_URL, PRISMATIC_GATEWAY_URL  other addresses than ours
  NO_COLOR                  no bold text

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in, 4 refused, 5 not found, 6 no connection.
`;

/** What the program can do, for who asks or is lost. */
export function overview(): string {
  const rows = COMMANDS.map((command) => [commandLine(command), command.summary] as const);
  return `prismatic: keys, credit and models of Prismatic API, from a terminal.

Commands ('--json' for programs, '--help' for more about each):
${aligned(rows)}

${ENVIRONMENT}`;
}

export function helpOf(command: Command): string {
  const options = [...command.help, ["--json", "print JSON"] as const];
  return `prismatic ${commandLine(command)}\n\n${command.summary}\n\nOptions:\n${aligned(options)}\n`;
}

const commandLine = ({ words, positionals }: Command): string =>
  [...words, ...positionals.map((name) => `<${name}>`)].join(" ");

function aligned(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${INDENT}${left.padEnd(width)}${INDENT}${right}`).join("\n");
}
