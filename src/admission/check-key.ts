import type { ErrorCode, KeyMode } from "#kernel";
import type { Scope } from "#keys";
import { isOnAllLists } from "./ip-allow.ts";
import type { AccountState, KeyState } from "./state.ts";
import type { LimitStates, Refusal } from "./types.ts";

export interface KeyPresentation {
  readonly keyHash: string;
  readonly mode: KeyMode;
}

export type KeyCheck =
  | { readonly ok: true; readonly orgId: string; readonly key: KeyState }
  | { readonly ok: false; readonly refusal: Refusal };

export function refuse(
  code: ErrorCode,
  params: Refusal["params"] = {},
  retryAfterMs: number | null = null,
  limits: LimitStates | null = null,
): Refusal {
  return { code, params, retryAfterMs, limits };
}

/**
 * The key exists here in this mode and is usable at all. An unknown organization, an unknown key and a key of the other
 * mode look the same to the caller.
 */
export function checkKey(state: AccountState, presented: KeyPresentation, nowMs: number): KeyCheck {
  if (state.organization !== null && state.retiredKeys.has(presented.keyHash)) {
    return { ok: false, refusal: refuse("api_key_revoked") };
  }
  const key = state.keys.get(presented.keyHash);
  if (state.organization === null || key === undefined || key.record.mode !== presented.mode) {
    return { ok: false, refusal: refuse("invalid_api_key") };
  }
  const { status, expiresAtMs } = key.record;
  if (status === "revoked") return { ok: false, refusal: refuse("api_key_revoked") };
  if (status === "disabled") return { ok: false, refusal: refuse("api_key_disabled") };
  if (expiresAtMs !== null && nowMs >= expiresAtMs) return { ok: false, refusal: refuse("api_key_expired") };
  return { ok: true, orgId: state.organization.id, key };
}

export function checkScope(key: KeyState, scope: Scope): Refusal | null {
  return key.record.scopes.includes(scope) ? null : refuse("scope_denied", { scope });
}

export function checkModel({ organization }: AccountState, key: KeyState, model: string): Refusal | null {
  const lists = [key.record.models, organization?.models ?? null];
  return lists.every((models) => models === null || models.includes(model))
    ? null
    : refuse("model_not_allowed", { model });
}

export function checkIp({ organization }: AccountState, key: KeyState, clientIp: string | null): Refusal | null {
  const lists = [key.record.ipAllow, organization?.ipAllow ?? null];
  return isOnAllLists(lists, clientIp) ? null : refuse("ip_not_allowed");
}
