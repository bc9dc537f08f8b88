import { newId } from "#kernel";
import { recordSecurityEvent, type NewSecurityEvent } from "#store";
import { databaseOf, originOf, type ApiContext } from "../api/context.ts";

/** Writes what happened to somebody's account into their security log, with from where it was done. */
export async function logSecurity(
  context: ApiContext,
  kind: NewSecurityEvent["kind"],
  { userId, sessionId }: { readonly userId: string | null; readonly sessionId: string | null },
): Promise<void> {
  const { clock, random } = context.get("services");
  const id = newId("securityEvent", clock, random);
  await recordSecurityEvent(databaseOf(context), { id, userId, kind, sessionId, ...originOf(context) });
}
