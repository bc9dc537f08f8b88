import { z } from "zod";
import { KEY_STDIN_HELP, KEY_STDIN_OPTION, readApiKey } from "../api-key.ts";
import { askGateway } from "../client/gateway-client.ts";
import { textOption, type Command } from "../command.ts";
import { readAddresses } from "../credentials.ts";
import { textTable } from "../text-table.ts";

const price = z.looseObject({ usd: z.string(), per: z.number() });
const list = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      owned_by: z.string(),
      context_tokens: z.number().nullable(),
      pricing: z.record(z.string(), price),
    }),
  ),
});
type ListedModel = z.output<typeof list>["data"][number];

export const models: Command = {
  words: ["models"],
  summary: "List the models that can be called, with their prices.",
  help: [["--search <text>", "those whose id contains it"], KEY_STDIN_HELP],
  options: { search: { type: "string" }, ...KEY_STDIN_OPTION },
  positionals: [],
  async run(input) {
    const apiKey = await readApiKey(input);
    const { gatewayUrl } = await readAddresses(input.io);
    const { data } = await askGateway(input.io, `${gatewayUrl}/models`, apiKey, list);
    const search = (textOption(input.values, "search") ?? "").toLowerCase();
    const found = data.filter(({ id }) => id.toLowerCase().includes(search));
    return { json: { data: found }, text: found.length === 0 ? "No such model.\n" : tableOf(found) };
  },
};

function tableOf(found: readonly ListedModel[]): string {
  return textTable(
    ["MODEL", "FIRST AT", "CONTEXT", "PRICES IN USD"],
    found.map(({ id, owned_by: owner, context_tokens: context, pricing }) => [
      id,
      owner,
      context === null ? null : String(context),
      Object.entries(pricing)
        .map(([unit, { usd, per }]) => `${unit} ${short(usd)}${per === 1 ? "" : `/${per}`}`)
        .join(", "),
    ]),
  );
}

/** Without the zeros at its end: prices have twelve decimals. */
const short = (usd: string): string => usd.replace(/\.?0+$/, "");
