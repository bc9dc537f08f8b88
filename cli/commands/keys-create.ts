import { answerOf } from "../client/control-client.ts";
import type { Command } from "../command.ts";
import { inOwnOrganization } from "../own-organization.ts";
import { KEY_HELP, KEY_OPTIONS, readKeySettings } from "./key-settings.ts";

export const keysCreate: Command = {
  words: ["keys", "create"],
  summary: "Make an API key. It is shown once.",
  help: KEY_HELP,
  options: KEY_OPTIONS,
  positionals: [],
  async run({ io, values }) {
    const body = readKeySettings(values);
    const { client, org } = await inOwnOrganization(io);
    const made = await answerOf(client.POST("/organizations/{org}/keys", { params: { path: { org } }, body }));
    io.stderr(`${made.id}: keep the key now, it is not shown again.\n`);
    return { json: made, text: `${made.key}\n` };
  },
};
