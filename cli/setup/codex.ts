import { join } from "node:path";
import type { Command } from "../command.ts";
import { readAddresses } from "../credentials.ts";
import { modelOption, SETUP_HELP, SETUP_OPTIONS, setUp } from "./settings-file.ts";

export const CODEX_MODEL = "openai/gpt-5.2";

/** A profile is a file of its own since Codex 0.134, so that nothing of the person's own settings is touched. */
export const setupCodex: Command = {
  words: ["setup", "codex"],
  summary: "Print or write a profile with which OpenAI Codex uses the gateway.",
  help: [["--model <name>", `${CODEX_MODEL}, when absent`], ...SETUP_HELP],
  options: { model: { type: "string" }, ...SETUP_OPTIONS },
  positionals: [],
  async run(input) {
    const { gatewayUrl } = await readAddresses(input.io);
    const configured = input.io.env["CODEX_HOME"] ?? "";
    const home = configured === "" ? join(input.io.home, ".codex") : configured;
    return setUp(input, {
      path: join(home, "prismatic.config.toml"),
      change: () => codexProfile(gatewayUrl, modelOption(input.values) ?? CODEX_MODEL),
      next: "Set PRISMATIC_API_KEY to an API key, then run: codex --profile prismatic",
    });
  },
};

/** Source: developers.openai.com/codex, "Advanced configuration": profiles, custom model providers. */
export const codexProfile = (
  gatewayUrl: string,
  model: string,
): string => `# OpenAI Codex through Prismatic API: codex --profile prismatic
model = ${JSON.stringify(model)}
model_provider = "prismatic"

[model_providers.prismatic]
name = "Prismatic API"
base_url = ${JSON.stringify(gatewayUrl)}
env_key = "PRISMATIC_API_KEY"
wire_api = "responses"
`;
