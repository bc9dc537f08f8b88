import { controlClient, type ControlClient } from "./client/control-client.ts";
import { readAddresses, readCredentials, type Addresses } from "./credentials.ts";
import { CliError, EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";

export interface SignedIn extends Addresses {
  readonly client: ControlClient;
  /** Null where the key came from the environment: whose it is is asked then. */
  readonly organizationId: string | null;
}

/** The client of whoever is signed in: by `PRISMATIC_MANAGEMENT_KEY`, or by `prismatic login`. */
export async function signedIn(io: Io): Promise<SignedIn> {
  const addresses = await readAddresses(io);
  const given = io.env["PRISMATIC_MANAGEMENT_KEY"] ?? "";
  if (given !== "") return { ...addresses, client: controlClient(io, addresses.url, given), organizationId: null };
  const found = await readCredentials(io);
  if (found === null)
    throw new CliError(
      EXIT.notSignedIn,
      "Nobody is signed in. Run 'prismatic login', or set PRISMATIC_MANAGEMENT_KEY.",
    );
  // A key is sent to whom it is of: the environment may not point it elsewhere.
  if (found.url !== addresses.url)
    throw new CliError(EXIT.notSignedIn, `You are signed in at ${found.url}, not at ${addresses.url} (PRISMATIC_URL).`);
  const client = controlClient(io, found.url, found.management_key);
  return { ...addresses, client, organizationId: found.organization_id };
}
