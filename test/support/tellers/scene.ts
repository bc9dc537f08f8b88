import type { Organization } from "../stack/proving-ground.ts";
import type { ConstantCost } from "./constant-calls.ts";
import type { Tellers } from "./start-tellers.ts";

/** One way in which keys are admitted. Every promise holds in each of them. */
export interface Variant {
  readonly name: string;
  /**
   * Brings an organization into it, before the first call of any key that it has by then: sets what these are to be, and
   * projects that.
   */
  readonly prepare: (ground: Tellers, organization: Organization) => Promise<void>;
  /** Gateways may admit from leases. Without them every figure is exact at once, and no call is told to wait for one. */
  readonly hasLeases: boolean;
  /** How long after the Account object knows that a key is revoked a call may still be sent and admitted. */
  readonly revokedWithinMs: number;
}

/** Client connections: each carries one call at a time. */
export const CONNECTIONS = 64;

/** Where a promise is looked at. */
export interface Scene {
  readonly ground: Tellers;
  readonly cost: ConstantCost;
  readonly variant: Variant;
}

/** An organization with one key, in the scene's variant. */
export async function organizationWith({ ground, variant }: Scene, creditNano: bigint): Promise<Organization> {
  const organization = await ground.organization(creditNano);
  await variant.prepare(ground, organization);
  return organization;
}

/** Changes columns of every key that the organization has; resolves when its Account object knows. */
export async function setKeys(ground: Tellers, { id }: Organization, columns: string): Promise<void> {
  await ground.exec(`UPDATE api_key SET ${columns} WHERE org_id = '${id}'`);
  await ground.projectNow();
}
