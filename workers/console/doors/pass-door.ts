import type { Door, Doorkeeper, DoorRate, DoorSubjects, DoorVerdict } from "#abuse";
import { AppError } from "#kernel";

/**
 * Counts an attempt at a public door. Throws `too_many_attempts`, or `door_unavailable` where the door is closed because
 * nobody can say how many there were; both with the time to wait.
 */
export async function passDoor<Name extends Door>(
  doorkeeper: Doorkeeper,
  door: Name,
  subjects: DoorSubjects<Name>,
  nowMs: number,
  onRate: (rate: DoorRate) => void = () => undefined,
): Promise<void> {
  const verdict = await doorkeeper.checkDoor(door, subjects, nowMs);
  if (verdict.rate !== null) onRate(verdict.rate);
  if (!verdict.ok) throw refusalOf(verdict);
}

export function refusalOf({ reason, retryAfterMs }: Extract<DoorVerdict, { ok: false }>): AppError {
  return new AppError(reason === "away" ? "door_unavailable" : "too_many_attempts", { retryAfterMs });
}
