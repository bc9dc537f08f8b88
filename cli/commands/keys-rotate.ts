import { answerOf } from "../client/control-client.ts";
import { textOption, type Command } from "../command.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { inOwnOrganization } from "../own-organization.ts";

export const keysRotate: Command = {
  words: ["keys", "rotate"],
  summary: "Make a key's successor. It is shown once; the old one goes on for the overlap.",
  help: [["--overlap-seconds <n>", "how long the old one goes on; a day when absent"]],
  options: { "overlap-seconds": { type: "string" } },
  positionals: ["key id"],
  async run({ io, values, positionals: [key = ""] }) {
    const overlap = textOption(values, "overlap-seconds");
    if (overlap !== undefined && !/^\d{1,9}$/.test(overlap))
      throw new CliError(EXIT.usage, "--overlap-seconds is a whole number from 0.");
    const body = overlap === undefined ? {} : { overlap_seconds: Number(overlap) };
    const { client, org } = await inOwnOrganization(io);
    const made = await answerOf(
      client.POST("/organizations/{org}/keys/{key}/rotate", { params: { path: { org, key } }, body }),
    );
    io.stderr(`${made.id}: keep the key now, it is not shown again. The old one ends at ${made.old_expires_at}.\n`);
    return { json: made, text: `${made.key}\n` };
  },
};
