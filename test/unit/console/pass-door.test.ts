import { expect, test } from "vitest";
import type { Doorkeeper, DoorVerdict } from "#abuse";
import { passDoor } from "../../../workers/console/doors/pass-door.ts";

const keeper = (verdict: DoorVerdict): Doorkeeper => ({ checkDoor: () => Promise.resolve(verdict) });
const attempt = (verdict: DoorVerdict) =>
  passDoor(keeper(verdict), "sign_in", { clientIp: "203.0.113.1", address: "ada@example.test" }, 0);

test("an attempt within the limits goes on", async () => {
  await expect(attempt({ ok: true, rate: null })).resolves.toBeUndefined();
});

test.each([
  ["limited", "too_many_attempts"],
  ["away", "door_unavailable"],
] as const)("one that is %s is refused as %s, with the time to wait", async (reason, code) => {
  await expect(attempt({ ok: false, reason, retryAfterMs: 1_500, rate: null })).rejects.toMatchObject({
    code,
    retryAfterMs: 1_500,
  });
});
