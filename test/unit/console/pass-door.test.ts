import { expect, test } from "vitest";
import type { Doorkeeper, DoorVerdict } from "#abuse";
import { passDoor } from "../../../workers/console/doors/pass-door.ts";

const keeper = (verdict: DoorVerdict): Doorkeeper => ({ checkDoor: () => Promise.resolve(verdict) });
const attempt = (verdict: DoorVerdict) =>
  passDoor(keeper(verdict), "sign_in", { clientIp: "203.0.113.1", address: "ada@example.test" }, 0);

test("an attempt within the limits goes on", async () => {
  await expect(attempt({ ok: true })).resolves.toBeUndefined();
});

test.each([
  [{ ok: false, reason: "limited", by: "host", retryAfterMs: 1_500 }, "too_many_attempts"],
  [{ ok: false, reason: "away", retryAfterMs: 1_500 }, "door_unavailable"],
] as const)("one that is refused is told why, with the time to wait: %j", async (verdict, code) => {
  await expect(attempt(verdict)).rejects.toMatchObject({ code, retryAfterMs: 1_500 });
});
