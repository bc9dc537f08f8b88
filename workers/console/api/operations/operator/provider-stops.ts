import { z } from "@hono/zod-openapi";
import { models } from "#catalog";
import { AppError } from "#kernel";
import { readProviderStops, setProviderStops as set, type ProviderStopRow } from "#store";
import { freshOperator, operator } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { instant, isoOrNull } from "../../schemas.ts";
import { reason } from "./operated-organization.ts";

const TARGETS_MAX = 100;

const shape = {
  version: z.number(),
  targets: z.array(z.string()),
  reason: z.string().nullable(),
  set_at: instant.nullable(),
} as const;

const describe = ({ version, targets, reason: why, createdAt }: ProviderStopRow) => ({
  version,
  targets: [...targets],
  reason: why,
  set_at: isoOrNull(createdAt),
});

export const getProviderStops = operation({
  id: "getProviderStops",
  method: "get",
  path: "/operator/provider-stops",
  tag: "Operators",
  summary: "Which providers and endpoints operators keep calls from.",
  access: operator("providers.read"),
  status: 200,
  answer: z.strictObject(shape),
  async handle({ context }) {
    return describe(await readProviderStops(context.get("services").db));
  },
});

/** Isolates have it within half a minute. Calls that run go on; new ones take another endpoint, or are refused and cost nothing. */
export const setProviderStops = operation({
  id: "setProviderStops",
  method: "put",
  path: "/operator/provider-stops",
  tag: "Operators",
  summary: "Keep calls from these providers and endpoints, and from no others. An empty list lifts all stops.",
  access: freshOperator("providers.stop"),
  body: z.strictObject({
    base_version: z.int().min(0),
    targets: z.array(z.string().min(1).max(200)).max(TARGETS_MAX),
    reason,
  }),
  status: 200,
  answer: z.strictObject(shape),
  async handle({ context, body }) {
    const targets = [...new Set(body.targets)];
    checkTargets(targets);
    const version = await set(databaseOf(context), body.base_version, targets, body.reason);
    if (version === null) throw new AppError("version_conflict");
    return describe(await readProviderStops(context.get("services").db));
  },
});

/** A misspelt name would stop nothing, unseen. */
function checkTargets(targets: readonly string[]): void {
  const known = new Set(models().flatMap(({ endpoints }) => endpoints.flatMap(({ id, provider }) => [id, provider])));
  const unknown = targets.find((target) => !known.has(target));
  if (unknown === undefined) return;
  const params = { param: "targets", reason: `names '${unknown.slice(0, 64)}', which is no provider and no endpoint` };
  throw new AppError("invalid_parameter", { param: "targets", params });
}
