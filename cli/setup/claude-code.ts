import { join } from "node:path";
import { z } from "zod";
import type { Command } from "../command.ts";
import { readAddresses } from "../credentials.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { modelOption, SETUP_HELP, SETUP_OPTIONS, setUp } from "./settings-file.ts";

/** Claude Code runs it for the key: the key itself stays in the environment, and out of the file. */
const KEY_HELPER = "printenv PRISMATIC_API_KEY";
/** Claude Code would send these instead. */
const RIVALS = ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"] as const;

export const setupClaudeCode: Command = {
  words: ["setup", "claude-code"],
  summary: "Print or write the settings with which Claude Code uses the gateway.",
  help: [["--model <name>", "Claude Code's own choice, when absent"], ...SETUP_HELP],
  options: { model: { type: "string" }, ...SETUP_OPTIONS },
  positionals: [],
  async run(input) {
    const { gatewayUrl } = await readAddresses(input.io);
    const configured = input.io.env["CLAUDE_CONFIG_DIR"] ?? "";
    const home = configured === "" ? join(input.io.home, ".claude") : configured;
    const path = join(home, "settings.json");
    return setUp(input, {
      path,
      change: (before) => claudeSettings(path, before, gatewayUrl, modelOption(input.values)),
      next: "Set PRISMATIC_API_KEY to an API key, then run: claude",
    });
  },
};

const settings = z.looseObject({ env: z.record(z.string(), z.unknown()).optional() });

/** The file with what is ours set and everything else as it was. Source: Claude Code's docs, "LLM gateway" and "Settings". */
export function claudeSettings(
  path: string,
  before: string | null,
  gatewayUrl: string,
  model: string | undefined,
): string {
  const found = settings.safeParse(before === null || before.trim() === "" ? {} : parsed(before));
  if (!found.success)
    throw new CliError(EXIT.failed, `${path} is not JSON settings that we understand; nothing was changed.`);
  const { env = {}, ...rest } = found.data;
  const rival = RIVALS.find((name) => name in env);
  if (rival !== undefined)
    throw new CliError(EXIT.refused, `${path} sets ${rival}, which Claude Code would send instead: take it out first.`);
  const changed = {
    ...rest,
    ...(model === undefined ? {} : { model }),
    apiKeyHelper: KEY_HELPER,
    // Claude Code adds `/v1/messages` itself.
    env: { ...env, ANTHROPIC_BASE_URL: gatewayUrl.replace(/\/v1$/, "") },
  };
  return `${JSON.stringify(changed, null, 2)}\n`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
