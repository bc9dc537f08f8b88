import type { CommandInput } from "./command.ts";
import { CliError, EXIT } from "./exit-codes.ts";

/** An API key for the gateway: from the environment, or from stdin. Never from the command line, which others can read. */
export async function readApiKey({ io, values }: Pick<CommandInput, "io" | "values">): Promise<string | null> {
  const given = values["key-stdin"] === true ? await io.readStdin() : (io.env["PRISMATIC_API_KEY"] ?? "");
  const key = given.trim();
  if (key === "") return null;
  if (!/^\S+$/.test(key)) throw new CliError(EXIT.usage, "The API key is more than one word.");
  return key;
}

export const KEY_STDIN_HELP = ["--key-stdin", "read the API key from stdin instead of PRISMATIC_API_KEY"] as const;
export const KEY_STDIN_OPTION = { "key-stdin": { type: "boolean", default: false } } as const;
