import { answerOf } from "../client/control-client.ts";
import type { Command } from "../command.ts";
import { inOwnOrganization } from "../own-organization.ts";

export const keysRevoke: Command = {
  words: ["keys", "revoke"],
  summary: "Revoke an API key for good.",
  help: [],
  options: {},
  positionals: ["key id"],
  async run({ io, positionals: [key = ""] }) {
    const { client, org } = await inOwnOrganization(io);
    const revoked = await answerOf(
      client.POST("/organizations/{org}/keys/{key}/revoke", { params: { path: { org, key } } }),
    );
    return { json: revoked, text: `${revoked.id} is revoked: it is refused everywhere within seconds.\n` };
  },
};
