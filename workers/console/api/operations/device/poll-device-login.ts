import { z } from "@hono/zod-openapi";
import { AppError, newId } from "#kernel";
import { hashCode, mintManagementKey } from "#keys";
import { claimDeviceLogin, pollDeviceLogin as poll } from "#store";
import { PUBLIC } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { idOf, instant } from "../../schemas.ts";

const DEVICE_CODE_CHARACTERS_MAX = 64;
/** A machine that is lost or sold does not act for ever. */
const KEY_LIFE_MS = 90 * 24 * 3_600_000;

export const pollDeviceLogin = operation({
  id: "pollDeviceLogin",
  method: "post",
  path: "/auth/device/token",
  tag: "Management keys",
  summary:
    "Ask for the management key of a device login. Until somebody lets the program in: `authorization_pending`, `slow_down`, `access_denied` or `expired_token`.",
  access: PUBLIC,
  body: z.strictObject({ device_code: z.string().min(1).max(DEVICE_CODE_CHARACTERS_MAX) }),
  status: 200,
  answer: z.strictObject({
    id: idOf("managementKey"),
    key: z.string(),
    name: z.string(),
    organization_id: idOf("organization"),
    permissions: z.array(z.string()),
    expires_at: instant,
  }),
  door: ({ context }) => knock(context, "device", {}),
  async handle({ context, body }) {
    const { clock, random, keyPeppers, db } = context.get("services");
    const now = new Date(clock.nowMs());
    const login = await poll(db, await hashCode("device code", body.device_code, keyPeppers), now);
    if (login === null) throw new AppError("expired_token");
    if (login.isTooSoon) throw new AppError("slow_down", { params: { interval: login.intervalSeconds } });
    if (login.status === "denied") throw new AppError("access_denied");
    if (login.status === "pending") throw new AppError("authorization_pending");
    const id = newId("managementKey", clock, random);
    const { key, hash: keyHash, ...shown } = await mintManagementKey(keyPeppers, random);
    const expiresAt = new Date(now.getTime() + KEY_LIFE_MS);
    // Who let it in is who makes the key: the log says so.
    const acting = databaseOf(context, login.userId);
    const claimed = await claimDeviceLogin(acting, login.id, { id, keyHash, ...shown, expiresAt }, now);
    if (claimed === null) throw new AppError("expired_token");
    const { orgId, name, permissions } = claimed;
    return {
      id,
      key,
      name,
      organization_id: orgId,
      permissions: [...permissions],
      expires_at: expiresAt.toISOString(),
    };
  },
});
