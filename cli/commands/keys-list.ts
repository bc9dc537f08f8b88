import { answerOf } from "../client/control-client.ts";
import type { paths } from "../client/generated.ts";
import type { Command } from "../command.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { inOwnOrganization } from "../own-organization.ts";
import { textTable } from "../text-table.ts";

const PAGE_SIZE = 200;
/** Ten thousand keys are no list that anybody reads. */
const PAGES_MAX = 50;

type Page = paths["/organizations/{org}/keys"]["get"]["responses"][200]["content"]["application/json"];

export const keysList: Command = {
  words: ["keys", "list"],
  summary: "List the organization's API keys, newest first.",
  help: [["--all", "revoked ones too"]],
  options: { all: { type: "boolean", default: false } },
  positionals: [],
  async run({ io, values }) {
    const { client, org } = await inOwnOrganization(io);
    const keys: Page["data"] = [];
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const query: { limit: number; cursor?: string } =
        cursor === null ? { limit: PAGE_SIZE } : { limit: PAGE_SIZE, cursor };
      const found: Page = await answerOf(client.GET("/organizations/{org}/keys", { params: { path: { org }, query } }));
      keys.push(...found.data.filter(({ status }) => values["all"] === true || status !== "revoked"));
      cursor = found.next_cursor;
      if (cursor === null) return { json: { data: keys }, text: tableOf(keys) };
    }
    throw new CliError(EXIT.failed, `There are more than ${PAGES_MAX * PAGE_SIZE} keys: use the API.`);
  },
};

function tableOf(keys: Page["data"]): string {
  if (keys.length === 0) return "There are no keys. Make one with 'prismatic keys create --name <text>'.\n";
  return textTable(
    ["ID", "NAME", "KEY", "MODE", "STATUS", "BUDGET", "ENDS"],
    keys.map((key) => [
      key.id,
      key.name,
      `${key.prefix}…${key.last_four}`,
      key.mode,
      key.status,
      key.budget === null ? null : `${key.budget.limit_usd} USD / ${key.budget.period}`,
      key.expires_at,
    ]),
  );
}
