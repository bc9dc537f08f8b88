import type { Door, DoorRate, DoorSubjects } from "#abuse";
import { passDoor } from "../doors/pass-door.ts";
import { originOf, type ApiContext } from "./context.ts";

const MS_PER_SECOND = 1_000;

/** Counts an attempt at a door, from where it comes and for whom. Throws where there were too many. */
export function knock<Name extends Door>(
  context: ApiContext,
  door: Name,
  subjects: Omit<DoorSubjects<Name>, "clientIp">,
): Promise<void> {
  const { doorkeeper, clock } = context.get("services");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one member that was left out is put back
  const all = { ...subjects, clientIp: originOf(context).ipAddress } as DoorSubjects<Name>;
  return passDoor(doorkeeper, door, all, clock.nowMs(), (rate) => tellRate(context, door, rate));
}

/** Counts a call of somebody who is known, by what it does. Who is not known is counted at the operation's own door. */
export function countCall(context: ApiContext, method: string): Promise<void> {
  const account = context.get("managementKey")?.id ?? context.get("session")?.user.id ?? null;
  if (account === null) return Promise.resolve();
  return knock(context, method === "get" ? "read" : "change", { account });
}

/** As draft-ietf-httpapi-ratelimit-headers-10 writes it: the limit that is nearest to its end, and what is left of it. */
function tellRate(context: ApiContext, door: Door, { limit, remaining, resetMs }: DoorRate): void {
  const seconds = (ms: number): number => Math.ceil(ms / MS_PER_SECOND);
  context.header("ratelimit-policy", `"${door}";q=${limit.attempts};w=${seconds(limit.windowMs)}`);
  context.header("ratelimit", `"${door}";r=${remaining};t=${seconds(resetMs)}`);
}
