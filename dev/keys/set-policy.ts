import type { RoutingPolicy } from "#kernel";
import type { Query } from "./create-key.ts";

/** Gives an organization this policy instead of the one it had; null has no rule. A trigger tells its Account object. */
export async function setOrganizationPolicy(query: Query, orgId: string, policy: RoutingPolicy | null): Promise<void> {
  await query(
    `UPDATE organization SET data_collection = $2, zdr = $3::boolean, regions = $4::text[], providers_only = $5::text[],
      providers_ignore = $6::text[] WHERE id = $1`,
    [orgId, ...policyParameters(policy)],
  );
}

/** A policy as the columns of its table, in the order of the type; lists as Postgres' own text of an array. */
export function policyParameters(policy: RoutingPolicy | null | undefined): readonly (string | boolean | null)[] {
  const list = (items: readonly string[] | null | undefined): string | null =>
    items ? `{${items.map((item) => JSON.stringify(item)).join(",")}}` : null;
  return [
    policy?.dataCollection ?? null,
    policy?.zdr ?? false,
    list(policy?.regions),
    list(policy?.providersOnly),
    list(policy?.providersIgnore),
  ];
}
