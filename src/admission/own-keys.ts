import { AppError } from "#kernel";
import type { AccountState, AdmissionContext } from "./state.ts";
import type { AdmitCommand } from "./types.ts";
import type { ProviderKeyEvent, SealedProviderKey } from "./control-types.ts";

/** A provider's key as the account keeps it. A removed one leaves its version, so that an old event brings nothing back. */
export interface OwnKeyState {
  readonly version: number;
  readonly key: ProviderKeyEvent["key"];
}

/** All the organization's own keys. */
export function allOwnKeys(state: AccountState): readonly SealedProviderKey[] {
  return [...state.providerKeys].flatMap(([provider, { key }]) => (key === null ? [] : [{ provider, ...key }]));
}

/** The organization's own keys at the candidates. Throws `internal_error`, before any change, for too many of those. */
export function ownKeysFor(
  state: AccountState,
  { providers = [] }: AdmitCommand,
  { limits }: Pick<AdmissionContext, "limits">,
): readonly SealedProviderKey[] {
  if (providers.length > limits.providersMax) throw new AppError("internal_error");
  return providers.flatMap((provider) => {
    const key = state.providerKeys.get(provider)?.key ?? null;
    return key === null ? [] : [{ provider, ...key }];
  });
}

/**
 * The share of the price that a call is held for: the fee alone when every candidate is called on the organization's
 * own key and never on ours; null, the whole price, as soon as one might not be.
 */
export function holdFeePerMillion(
  command: Pick<AdmitCommand, "providers" | "byokFeePerMillion">,
  ownKeys: readonly SealedProviderKey[],
): bigint | null {
  const { providers = [], byokFeePerMillion } = command;
  const isOwnOnly = (provider: string) => ownKeys.some((key) => key.provider === provider && key.mode === "only");
  if (byokFeePerMillion === undefined || providers.length === 0 || !providers.every(isOwnOnly)) return null;
  return byokFeePerMillion;
}

/** Takes a newer version of one provider's key. False when it is not newer. */
export function applyProviderKey(state: AccountState, { provider, version, key }: ProviderKeyEvent): boolean {
  const known = state.providerKeys.get(provider);
  if (known !== undefined && version <= known.version) return false;
  state.providerKeys.set(provider, { version, key });
  state.changes.providerKeys.add(provider);
  return true;
}
