import { DOORS } from "#abuse";
import { newId } from "#kernel";
import { recordOncePerDay, type FoundSession } from "#store";
import { refusalOf } from "../doors/pass-door.ts";
import { databaseOf, originOf, type ApiContext } from "./context.ts";

type Person = Pick<FoundSession["user"], "id" | "name" | "email" | "locale">;

/**
 * Counts a guess at what somebody's password or code is, by who has one of the two already. Where it was one too many for the
 * account, its owner is told, once a day: the limit holds for them as well.
 */
export async function knockForProof(context: ApiContext, person: Person): Promise<void> {
  const { doorkeeper, clock } = context.get("services");
  const subjects = { clientIp: originOf(context).ipAddress, account: person.id };
  const verdict = await doorkeeper.checkDoor("proof", subjects, clock.nowMs());
  if (verdict.ok) return;
  if (verdict.rate?.limit === DOORS.proof.limits.account) await tellStopped(context, person);
  throw refusalOf(verdict);
}

async function tellStopped(context: ApiContext, { id: userId, name, email, locale }: Person): Promise<void> {
  const { clock, random, sendMail, siteUrl } = context.get("services");
  const occurredAt = new Date(clock.nowMs());
  const id = newId("securityEvent", clock, random);
  const event = { id, userId, kind: "guesses_stopped", sessionId: null, occurredAt, ...originOf(context) } as const;
  if (!(await recordOncePerDay(databaseOf(context), event))) return;
  const values = { name, stoppedAt: occurredAt.toISOString(), url: `${siteUrl}/app/security` };
  await sendMail(context, { template: "guesses_stopped", to: email, locale, values });
}
