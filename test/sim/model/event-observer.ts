import type { AccountEvent, ApplyResult, BudgetEvent, CreditEvent } from "#admission";
import { ensure } from "../engine/violation.ts";
import { PAID_PRIORITY, type Books } from "./books.ts";
import { KeyBooks } from "./key-books.ts";

/** Reads what the control plane said, as far as it was news, into the books. */
export function observeEvents(
  books: Books,
  events: readonly AccountEvent[],
  result: ApplyResult,
  trueMs: number,
): void {
  let applied = 0;
  for (const event of events) if (applies(books, event, trueMs)) applied += 1;
  const expected = { applied, repeated: events.length - applied };
  const isSame = result.ok && result.applied === expected.applied && result.repeated === expected.repeated;
  ensure(isSame, "replay", "events were applied that are no news, or news were not", () => ({ result, expected }));
}

function applies(books: Books, event: AccountEvent, trueMs: number): boolean {
  if (event.type === "credit") return appliesCredit(books, event);
  if (event.type === "adjustment") return appliesCredit(books, event);
  if (event.type === "budget") return appliesBudget(books, event);
  if (event.type === "organization") return appliesOrganization(books, event, trueMs);
  if (event.type === "key") return appliesKey(books, event, trueMs);
  if (event.version <= books.ownKeyVersion) return false;
  books.ownKeyVersion = event.version;
  books.isOwnKeyOnly = event.key?.mode === "only";
  return true;
}

/** What an operator adds is credit like any other that was paid. */
type Credit = Pick<CreditEvent, "entryId" | "amountNano" | "priority" | "expiresAtMs">;

function appliesCredit(books: Books, { entryId, amountNano, ...lot }: Credit): boolean {
  if (books.credits.has(entryId)) return false;
  books.credits.set(entryId, amountNano);
  books.creditNano += amountNano;
  if (amountNano >= 0n) {
    books.lots.add(amountNano, lot.priority ?? PAID_PRIORITY, lot.expiresAtMs ?? null);
  } else {
    books.lots.take(0n - amountNano);
    // It may have been spent, held or leased already.
    books.owedNano -= amountNano;
  }
  return true;
}

function appliesBudget(books: Books, { scope: name, version, limits }: BudgetEvent): boolean {
  const scope = books.scopeOf(name);
  if (version <= scope.version) return false;
  scope.version = version;
  scope.limits = limits;
  return true;
}

function appliesOrganization(
  books: Books,
  { version, organization }: Extract<AccountEvent, { type: "organization" }>,
  trueMs: number,
): boolean {
  if (books.organization !== null && version <= books.organizationVersion) return false;
  books.organization = organization;
  books.organizationVersion = version;
  const isShut = organization.status === "suspended";
  books.organizationShutSinceMs = isShut ? (books.organizationShutSinceMs ?? trueMs) : null;
  const isStrict = organization.strict === true;
  books.organizationStrictSinceMs = isStrict ? (books.organizationStrictSinceMs ?? trueMs) : null;
  return true;
}

function appliesKey(books: Books, { version, key }: Extract<AccountEvent, { type: "key" }>, trueMs: number): boolean {
  const known = books.keys.get(key.hash);
  if (known === undefined) {
    books.keys.set(key.hash, new KeyBooks(key, version, trueMs));
    return true;
  }
  if (version <= known.version) return false;
  known.learn(key, version, trueMs);
  return true;
}
