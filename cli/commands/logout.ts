import { controlClient, doneOf } from "../client/control-client.ts";
import type { Command } from "../command.ts";
import { forgetCredentials, readCredentials } from "../credentials.ts";
import { CliError, EXIT } from "../exit-codes.ts";

export const logout: Command = {
  words: ["logout"],
  summary: "Revoke this machine's management key and forget it.",
  help: [],
  options: {},
  positionals: [],
  async run({ io }) {
    const found = await readCredentials(io);
    if (found === null) throw new CliError(EXIT.notSignedIn, "Nobody is signed in here.");
    try {
      await doneOf(controlClient(io, found.url, found.management_key).DELETE("/management-key"));
    } catch (error) {
      // A key that is not valid any more has nothing to be revoked; one that may still be valid is not forgotten.
      if (!(error instanceof CliError) || error.exitCode !== EXIT.notSignedIn) throw error;
    }
    await forgetCredentials(io);
    return { json: { signed_out: true }, text: "Signed out: the key is revoked and forgotten.\n" };
  },
};
