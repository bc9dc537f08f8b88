import type { AccountState } from "./state.ts";

/** Which versions of what the control plane says an account has; for comparison with what it has said. */
export interface ControlVersions {
  readonly orgId: string | null;
  readonly organization: number;
  /** Of keys that were revoked long ago some are forgotten. */
  readonly keys: readonly { readonly id: string; readonly version: number }[];
}

/** Bounded by the number of keys that an account takes (`keysMax`). */
export function controlVersions(state: AccountState): ControlVersions {
  return {
    orgId: state.organization?.id ?? null,
    organization: state.organizationVersion,
    keys: [...state.keys.values()].map(({ record, version }) => ({ id: record.id, version })),
  };
}
