import { AppError, nanoUsd, type NanoUsd } from "#kernel";
import type { KeyRecord, AccountEvent, ApplyResult, OrganizationRecord } from "./types.ts";
import { createKeyState, type AccountState, type AdmissionContext } from "./state.ts";

/**
 * Applies what the control plane says, in order. A record applies when its version is newer than the one known, a credit
 * once per entry id, so a repeated or reordered batch changes nothing more. Throws `internal_error`, before any change,
 * when the batch would pass the bound on keys or belongs to another organization.
 */
export function applyEvents(
  state: AccountState,
  events: readonly AccountEvent[],
  { limits }: Pick<AdmissionContext, "limits">,
): ApplyResult {
  assertAcceptable(state, events, limits.keysMax);
  let applied = 0;
  for (const event of events) if (applyEvent(state, event)) applied += 1;
  return { applied, repeated: events.length - applied };
}

function assertAcceptable(state: AccountState, events: readonly AccountEvent[], keysMax: number): void {
  const hashes = new Set(state.keys.keys());
  let orgId = state.organization?.id ?? null;
  for (const event of events) {
    if (event.type === "key") hashes.add(event.key.hash);
    if (event.type !== "organization") continue;
    orgId ??= event.organization.id;
    // One object is one organization for ever: a wrong address must not move money between two.
    if (orgId !== event.organization.id) throw new AppError("internal_error");
  }
  if (hashes.size > keysMax) throw new AppError("internal_error");
}

function applyEvent(state: AccountState, event: AccountEvent): boolean {
  if (event.type === "organization") return applyOrganization(state, event.organization, event.version);
  if (event.type === "key") return applyKey(state, event.key, event.version);
  return applyCredit(state, event.entryId, event.amountNano);
}

function applyOrganization(state: AccountState, organization: OrganizationRecord, version: number): boolean {
  if (state.organization !== null && version <= state.organizationVersion) return false;
  state.organization = organization;
  state.organizationVersion = version;
  state.changes.organization = true;
  return true;
}

function applyKey(state: AccountState, record: KeyRecord, version: number): boolean {
  const known = state.keys.get(record.hash);
  if (known !== undefined && version <= known.version) return false;
  if (known === undefined) state.keys.set(record.hash, createKeyState(record, version));
  else {
    known.record = record;
    known.version = version;
  }
  state.changes.keys.add(record.hash);
  return true;
}

function applyCredit(state: AccountState, entryId: string, amountNano: NanoUsd): boolean {
  if (state.credits.has(entryId)) return false;
  state.balanceNano = nanoUsd(state.balanceNano + amountNano);
  state.credits.set(entryId, amountNano);
  state.changes.credits.add(entryId);
  state.changes.wallet = true;
  return true;
}
