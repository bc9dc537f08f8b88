import { answerOf } from "./client/control-client.ts";
import type { Io } from "./io.ts";
import { signedIn, type SignedIn } from "./signed-in.ts";

/** Whoever is signed in, with the one organization that their key is of. */
export async function inOwnOrganization(io: Io): Promise<SignedIn & { readonly org: string }> {
  const session = await signedIn(io);
  const { client, organizationId } = session;
  const org = organizationId ?? (await answerOf(client.GET("/management-key"))).organization.id;
  return { ...session, org };
}
