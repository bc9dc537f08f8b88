import { answerOf, controlClient, problemIn, reached, refusal, type ControlClient } from "../client/control-client.ts";
import type { Command } from "../command.ts";
import { credentialsPath, readAddresses, readCredentials, writeCredentials } from "../credentials.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { bold, type Io } from "../io.ts";
import { printable } from "../text-table.ts";

const MS_PER_SECOND = 1_000;
/** RFC 8628 section 3.5: what `slow_down` adds. */
const SLOWER_SECONDS = 5;
const NAME_CHARACTERS_MAX = 200;

export const login: Command = {
  words: ["login"],
  summary: "Sign in by a code that you confirm in your browser.",
  help: [],
  options: {},
  positionals: [],
  async run({ io }) {
    const before = await readCredentials(io);
    if (before !== null)
      throw new CliError(EXIT.failed, `You are signed in at ${before.url} already. Run 'prismatic logout' first.`);
    const { url, gatewayUrl } = await readAddresses(io);
    const anonymous = controlClient(io, url, null);
    const clientName = `prismatic CLI on ${printable(io.hostname)}`.slice(0, NAME_CHARACTERS_MAX);
    const started = await answerOf(anonymous.POST("/auth/device", { body: { client_name: clientName } }));
    io.stderr(`Open ${started.verification_uri} and enter this code:\n\n  ${bold(io, started.user_code)}\n\n`);
    io.stderr(`It lets '${clientName}' act for you. Waiting …\n`);
    const made = await waitForKey(io, anonymous, started);
    await writeCredentials(io, {
      version: 1,
      url,
      gateway_url: gatewayUrl,
      management_key: made.key,
      organization_id: made.organization_id,
    });
    const { key: _secret, ...shown } = made;
    const text = `Signed in to ${made.organization_id}, until ${made.expires_at}. It may: ${made.permissions.join(", ")}.\nThe key is in ${credentialsPath(io)}.\n`;
    return { json: shown, text };
  },
};

/** Asks until somebody has answered; a code lives for a time that the service names, and so does the loop. */
async function waitForKey(
  io: Io,
  client: ControlClient,
  { device_code: code, interval, expires_in: lifeSeconds }: Started,
) {
  let intervalSeconds = Math.max(1, interval);
  for (let waited = 0; waited < lifeSeconds; waited += intervalSeconds) {
    await io.wait(intervalSeconds * MS_PER_SECOND);
    const asked = client.POST("/auth/device/token", { body: { device_code: code } });
    const { data, error, response } = await reached(asked);
    if (data !== undefined) return data;
    const problem = problemIn(error);
    if (problem?.code === "slow_down") intervalSeconds += SLOWER_SECONDS;
    else if (problem?.code !== "authorization_pending") throw refusal(response, problem);
  }
  throw new CliError(EXIT.refused, "Nobody confirmed the code in time. Run 'prismatic login' again.", {
    code: "expired_token",
  });
}

interface Started {
  readonly device_code: string;
  readonly interval: number;
  readonly expires_in: number;
}
