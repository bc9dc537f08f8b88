import { z } from "@hono/zod-openapi";
import { AppError, newId } from "#kernel";
import { mintKey } from "#keys";
import { findKeyOwner, rotateKey as rotate } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf, instant } from "../../schemas.ts";
import { changeableKey } from "./own-key.ts";

const MS_PER_SECOND = 1_000;
const OVERLAP_DEFAULT_SECONDS = 24 * 3_600;
const OVERLAP_MAX_SECONDS = 30 * OVERLAP_DEFAULT_SECONDS;

export const rotateKey = operation({
  id: "rotateKey",
  method: "post",
  path: "/organizations/{org}/keys/{key}/rotate",
  tag: "Keys",
  summary:
    "Make a key's successor, which may do the same. The old one goes on for the overlap, a day unless said otherwise.",
  access: freshMember("keys.update_own"),
  isIdempotent: true,
  params: z.strictObject({ org: idOf("organization"), key: idOf("apiKey") }),
  body: z.strictObject({
    overlap_seconds: z.number().int().min(0).max(OVERLAP_MAX_SECONDS).default(OVERLAP_DEFAULT_SECONDS),
  }),
  status: 201,
  answer: z.strictObject({ id: idOf("apiKey"), key: z.string(), old_expires_at: instant }),
  async handle({ context, params, body }) {
    const { clock, random, keyPeppers, db, project } = context.get("services");
    const old = await changeableKey(context, params.org, params.key);
    const owner = await findKeyOwner(db, params.org, old.memberId);
    if (owner === null) throw new AppError("not_found");
    const minted = await mintKey({ mode: old.mode, region: owner.region, locator: owner.locator }, keyPeppers, random);
    const { key, hash: keyHash, ...shown } = minted;
    const id = newId("apiKey", clock, random);
    const endsAt = new Date(clock.nowMs() + body.overlap_seconds * MS_PER_SECOND);
    if (!(await rotate(databaseOf(context), params.org, params.key, { id, keyHash, ...shown }, endsAt)))
      throw new AppError("not_possible", { params: { reason: "only a key in use is rotated." } });
    await project();
    const oldEndsAt = old.expiresAt !== null && old.expiresAt < endsAt ? old.expiresAt : endsAt;
    return { id, key, old_expires_at: oldEndsAt.toISOString() };
  },
});
