import { nanoUsd } from "#kernel";
import { addCredit, debit, PAID_PRIORITY } from "./lots.ts";
import { scopeNamesOf } from "./scope-name.ts";
import type {
  AccountEvent,
  AdjustmentEvent,
  ApplyRefusal,
  ApplyResult,
  BudgetEvent,
  BudgetLimit,
  CreditEvent,
  KeyRecord,
  OrganizationRecord,
} from "./control-types.ts";
import { applyProviderKey } from "./own-keys.ts";
import { retirableKeys, retireKey } from "./retire-keys.ts";
import { createKeyState, sharedScope, type AccountState, type AdmissionContext } from "./state.ts";

/**
 * Applies what the control plane says, in order. A record applies when its version is newer than the one known, a credit
 * once per entry id, so a repeated or reordered batch changes nothing more. A batch that would pass a bound on keys
 * (after API keys revoked long ago made room), or that belongs to another organization is refused whole.
 */
export function applyEvents(
  state: AccountState,
  events: readonly AccountEvent[],
  { nowMs, limits }: Pick<AdmissionContext, "nowMs" | "limits">,
): ApplyResult {
  if (!isOfThisOrganization(state, events)) return refused("other_organization");
  const ownKeyRefusal = refuseProviderKeys(state, events, limits);
  if (ownKeyRefusal !== null) return refused(ownKeyRefusal);
  if (scopesAfter(state, events).size > limits.scopesMax) return refused("too_many_scopes");
  const surplus = hashesAfter(state, events).size - limits.keysMax;
  if (surplus > 0) {
    const retirable = retirableKeys(state, nowMs, limits).slice(0, surplus);
    const hasRoom = retirable.length === surplus && state.retiredKeys.size + surplus <= limits.retiredKeysMax;
    if (!hasRoom) return refused("too_many_keys");
    for (const hash of retirable) retireKey(state, hash);
  }
  let applied = 0;
  for (const event of events) if (applyEvent(state, event, nowMs)) applied += 1;
  return { ok: true, applied, repeated: events.length - applied };
}

function refused(reason: ApplyRefusal): ApplyResult {
  return { ok: false, reason };
}

/** One object is one organization for ever: a wrong address must not move money between two. */
function isOfThisOrganization(state: AccountState, events: readonly AccountEvent[]): boolean {
  let orgId = state.organization?.id ?? null;
  for (const event of events) {
    if (event.type !== "organization") continue;
    orgId ??= event.organization.id;
    if (orgId !== event.organization.id) return false;
  }
  return true;
}

/** Providers whose key was removed count too: their versions are kept. */
function refuseProviderKeys(
  state: AccountState,
  events: readonly AccountEvent[],
  { providerKeysMax, sealedCharactersMax }: AdmissionContext["limits"],
): ApplyRefusal | null {
  const providers = new Set(state.providerKeys.keys());
  for (const event of events) {
    if (event.type !== "provider_key") continue;
    if (event.key !== null && event.key.sealed.length > sealedCharactersMax) return "provider_key_too_large";
    providers.add(event.provider);
  }
  return providers.size > providerKeysMax ? "too_many_provider_keys" : null;
}

/** Scopes that only ever count are scopes too. A key that may not be used books nothing: no bound stands before its end. */
function scopesAfter(state: AccountState, events: readonly AccountEvent[]): ReadonlySet<string> {
  const names = new Set(state.scopes.keys());
  for (const event of events) {
    if (event.type === "budget") names.add(event.scope);
    if (event.type === "key" && event.key.status === "active")
      for (const name of scopeNamesOf(event.key)) names.add(name);
  }
  return names;
}

function hashesAfter(state: AccountState, events: readonly AccountEvent[]): ReadonlySet<string> {
  const hashes = new Set(state.keys.keys());
  for (const event of events) {
    if (event.type === "key" && !state.retiredKeys.has(event.key.hash)) hashes.add(event.key.hash);
  }
  return hashes;
}

function applyEvent(state: AccountState, event: AccountEvent, nowMs: number): boolean {
  if (event.type === "organization") return applyOrganization(state, event.organization, event.version);
  if (event.type === "budget") return applyBudget(state, event);
  if (event.type === "key") return applyKey(state, event.key, event.version, nowMs);
  if (event.type === "provider_key") return applyProviderKey(state, event);
  if (event.type === "adjustment") return applyAdjustment(state, event);
  return applyCredit(state, event);
}

function applyOrganization(state: AccountState, organization: OrganizationRecord, version: number): boolean {
  if (state.organization !== null && version <= state.organizationVersion) return false;
  const { timeZone = state.organization?.timeZone } = organization;
  state.organization = timeZone === undefined ? organization : { ...organization, timeZone };
  state.organizationVersion = version;
  state.changes.organization = true;
  return true;
}

function applyKey(state: AccountState, record: KeyRecord, version: number, nowMs: number): boolean {
  // A revoked key stays revoked, so nothing that comes for one that was dropped is news.
  if (state.retiredKeys.has(record.hash)) return false;
  const known = state.keys.get(record.hash);
  if (known !== undefined && version <= known.version) return false;
  const key = known ?? createKeyState(record, version);
  if (!isSameBudget(key.record.budget, record.budget)) key.alerted.clear();
  key.record = record;
  key.version = version;
  key.revokedAtMs = record.status === "revoked" ? (key.revokedAtMs ?? nowMs) : null;
  state.keys.set(record.hash, key);
  state.changes.keys.add(record.hash);
  return true;
}

/** A changed limit is a new budget: its alerts are given anew. */
function applyBudget(state: AccountState, { scope: name, version, limits }: BudgetEvent): boolean {
  const scope = sharedScope(state, name);
  if (version <= scope.version) return false;
  scope.version = version;
  scope.limits = limits;
  scope.alerted.clear();
  state.changes.scopes.add(name);
  return true;
}

const isSameBudget = (one: BudgetLimit | null, other: BudgetLimit | null): boolean =>
  one?.limitNano === other?.limitNano && one?.period === other?.period;

function applyCredit(state: AccountState, { entryId, amountNano, priority, expiresAtMs }: CreditEvent): boolean {
  if (state.credits.has(entryId)) return false;
  // What is taken back goes as what is used does: it is owed only where no lot has it.
  if (amountNano < 0n) debit(state, nanoUsd(0n - amountNano));
  else addCredit(state, amountNano, { priority: priority ?? PAID_PRIORITY, expiresMs: expiresAtMs ?? null });
  state.credits.set(entryId, amountNano);
  state.changes.credits.add(entryId);
  return true;
}

/** What is added is credit that does not end; what is taken away is taken as a cost is. */
function applyAdjustment(state: AccountState, { entryId, amountNano }: AdjustmentEvent): boolean {
  if (state.credits.has(entryId)) return false;
  debit(state, nanoUsd(0n - amountNano));
  state.credits.set(entryId, amountNano);
  state.changes.credits.add(entryId);
  return true;
}
