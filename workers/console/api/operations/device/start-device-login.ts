import { z } from "@hono/zod-openapi";
import { MACHINE_PERMISSIONS } from "#identity";
import { newId } from "#kernel";
import { hashCode, makeDeviceCode, makeUserCode, normaliseUserCode } from "#keys";
import { createDeviceLogin } from "#store";
import { PUBLIC } from "../../access.ts";
import { databaseOf, originOf } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { name } from "../../schemas.ts";
import { machinePermissions } from "../management-keys/management-key.ts";

const MS_PER_SECOND = 1_000;
const LIFE_SECONDS = 600;
const INTERVAL_SECONDS = 5;

export const startDeviceLogin = operation({
  id: "startDeviceLogin",
  method: "post",
  path: "/auth/device",
  tag: "Management keys",
  summary: "Begin a device login (RFC 8628): show the person `user_code` and the page, and poll with `device_code`.",
  access: PUBLIC,
  body: z.strictObject({ client_name: name, permissions: machinePermissions.default([...MACHINE_PERMISSIONS]) }),
  status: 201,
  answer: z.strictObject({
    device_code: z.string(),
    user_code: z.string(),
    verification_uri: z.url(),
    expires_in: z.int(),
    interval: z.int(),
  }),
  door: ({ context }) => knock(context, "device", {}),
  async handle({ context, body }) {
    const { clock, random, keyPeppers, siteUrl } = context.get("services");
    const deviceCode = makeDeviceCode(random);
    const userCode = makeUserCode(random);
    await createDeviceLogin(databaseOf(context), {
      id: newId("deviceLogin", clock, random),
      deviceCodeHash: await hashCode("device code", deviceCode, keyPeppers),
      userCodeHash: await hashCode("user code", normaliseUserCode(userCode) ?? "", keyPeppers),
      clientName: body.client_name,
      permissions: body.permissions,
      ipAddress: originOf(context).ipAddress,
      intervalSeconds: INTERVAL_SECONDS,
      expiresAt: new Date(clock.nowMs() + LIFE_SECONDS * MS_PER_SECOND),
    });
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${siteUrl}/device`,
      expires_in: LIFE_SECONDS,
      interval: INTERVAL_SECONDS,
    };
  },
});
