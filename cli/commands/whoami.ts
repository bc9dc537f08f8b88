import { answerOf } from "../client/control-client.ts";
import type { Command } from "../command.ts";
import { signedIn } from "../signed-in.ts";
import { printable } from "../text-table.ts";

export const whoami: Command = {
  words: ["whoami"],
  summary: "Show the organization, the key and what it may.",
  help: [],
  options: {},
  positionals: [],
  async run({ io }) {
    const { client, url } = await signedIn(io);
    const key = await answerOf(client.GET("/management-key"));
    const { organization } = key;
    const lines = [
      `organization  ${printable(organization.name)} (${organization.id})`,
      `member        ${key.member_id}`,
      `key           ${printable(key.name)} (${key.id})`,
      `may           ${key.permissions.join(", ")}`,
      `until         ${key.expires_at ?? "revoked"}`,
      `at            ${url}`,
    ];
    return { json: { ...key, url }, text: `${lines.join("\n")}\n` };
  },
};
