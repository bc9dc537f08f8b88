import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { PLAINTEXT_BYTES_MAX, seal } from "#keys";
import { listProviderKeys, putProviderKey as put } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { checkProvider, describeProviderKey, mode, ofProvider, providerKeyShape } from "./provider-key.ts";

const isSealable = (text: string): boolean => new TextEncoder().encode(text).length <= PLAINTEXT_BYTES_MAX;

/** What comes in is sealed to the gateway before it is written: neither this Worker nor the database can read it again. */
export const putProviderKey = operation({
  id: "putProviderKey",
  method: "put",
  path: "/organizations/{org}/provider-keys/{provider}",
  tag: "Provider keys",
  summary: "Have calls at a provider made with the organization's own key there, in the place of the one before.",
  access: freshMember("provider_keys.manage"),
  params: ofProvider,
  body: z.strictObject({
    secret: z
      .string()
      .trim()
      .min(1, "is empty")
      .refine(isSealable, `has more than ${PLAINTEXT_BYTES_MAX} bytes`)
      .openapi({ format: "password" }),
    mode,
  }),
  status: 200,
  answer: z.strictObject(providerKeyShape),
  async handle({ context, params, body }) {
    const { db, sealingKey, project } = context.get("services");
    checkProvider(params.provider);
    if (sealingKey === null) throw new AppError("provider_keys_unavailable");
    const { org: orgId, provider } = params;
    const box = await seal(sealingKey, body.secret, { orgId, provider });
    await put(databaseOf(context), { orgId, provider, mode: body.mode, ...box });
    await project();
    const key = (await listProviderKeys(db, orgId)).find((one) => one.provider === provider);
    if (key === undefined) throw new AppError("not_found");
    return describeProviderKey(key);
  },
});
