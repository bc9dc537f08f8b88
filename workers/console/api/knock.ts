import type { Door, DoorSubjects } from "#abuse";
import { passDoor } from "../doors/pass-door.ts";
import { originOf, type ApiContext } from "./context.ts";

/** Counts an attempt at a door, from where it comes and for whom. Throws where there were too many. */
export function knock<Name extends Door>(
  context: ApiContext,
  door: Name,
  subjects: Omit<DoorSubjects<Name>, "clientIp">,
): Promise<void> {
  const { doorkeeper, clock } = context.get("services");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one member that was left out is put back
  const all = { ...subjects, clientIp: originOf(context).ipAddress } as DoorSubjects<Name>;
  return passDoor(doorkeeper, door, all, clock.nowMs());
}
