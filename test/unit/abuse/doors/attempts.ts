import type { Door, Doorkeeper, DoorVerdict } from "#abuse";

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
