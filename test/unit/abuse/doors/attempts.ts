import { DOORS, type Door, type Doorkeeper, type DoorVerdict } from "#abuse";

/** Doors that anybody may knock at; who is known is counted at the others. */
export type PublicDoor = Exclude<Door, "read" | "change">;
export const publicDoors = Object.entries(DOORS).flatMap(([name, { limits }]) =>
  "host" in limits && isPublic(name) ? [name] : [],
);

function isPublic(name: string): name is PublicDoor {
  return name in DOORS && name !== "read" && name !== "change";
}

interface Subjects {
  readonly clientIp?: string;
  readonly address?: string;
  readonly account?: string;
}

/** An attempt at any of the doors: each takes of these what it counts by. */
export function attemptAt(keeper: Doorkeeper, door: Door, parts: Subjects, nowMs: number): Promise<DoorVerdict> {
  const subjects = { clientIp: "203.0.113.7", address: "ada@example.test", account: "org_1", ...parts };
  return keeper.checkDoor(door, subjects, nowMs);
}
