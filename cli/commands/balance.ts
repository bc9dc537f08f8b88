import { z } from "zod";
import { KEY_STDIN_HELP, KEY_STDIN_OPTION, readApiKey } from "../api-key.ts";
import { askGateway } from "../client/gateway-client.ts";
import type { Command } from "../command.ts";
import { readAddresses } from "../credentials.ts";
import { CliError, EXIT } from "../exit-codes.ts";

const credits = z.object({
  currency: z.string(),
  balance_usd: z.string(),
  held_usd: z.string(),
  reserved_usd: z.string(),
  available_usd: z.string(),
  settlement_lag_ms: z.number(),
});

export const balance: Command = {
  words: ["balance"],
  summary: "Show the organization's credit, asked with an API key that may read the account.",
  help: [KEY_STDIN_HELP],
  options: KEY_STDIN_OPTION,
  positionals: [],
  async run(input) {
    const apiKey = await readApiKey(input);
    if (apiKey === null)
      throw new CliError(
        EXIT.notSignedIn,
        "Set PRISMATIC_API_KEY, or send the key with --key-stdin. It needs the scope account:read.",
      );
    const { gatewayUrl } = await readAddresses(input.io);
    const found = await askGateway(input.io, `${gatewayUrl}/credits`, apiKey, credits);
    const lines = [
      `balance    ${found.balance_usd} ${found.currency}`,
      `held       ${found.held_usd}`,
      `reserved   ${found.reserved_usd}`,
      `available  ${found.available_usd}`,
    ];
    return { json: found, text: `${lines.join("\n")}\n` };
  },
};
