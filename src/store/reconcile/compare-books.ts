import type { AccountBooks } from "#admission";
import { nanoUsd, ZERO_NANO, type NanoUsd } from "#kernel";
import type { Difference, DifferenceKind, Explained } from "./differences.ts";
import type { LedgerFaults } from "./read-postings.ts";
import type { WalletBooks } from "./read-wallet.ts";

/** A receipt that the object remembers otherwise than it is recorded. */
export interface ReceiptFault {
  readonly receiptId: string;
  /** Null where it is not recorded at all. */
  readonly transactionId: string | null;
  /** What is recorded, less what is remembered. */
  readonly amountNano: NanoUsd;
}

export interface Comparison {
  readonly object: AccountBooks & { readonly waiting: NonNullable<AccountBooks["waiting"]> };
  readonly wallet: WalletBooks;
  readonly faults: LedgerFaults;
  readonly receipts: readonly ReceiptFault[];
  readonly explained: readonly Explained[];
}

/**
 * What differs, each cause once: a posting that is off because a receipt is, is that receipt's difference, and a balance
 * that is off because of one of the others is not one more. What operators closed before is taken off.
 */
export function compareBooks(comparison: Comparison): Difference[] {
  const receipts = receiptDifferences(comparison);
  const causes: readonly (readonly Difference[])[] = [
    one(comparison, "memory", memoryNano(comparison)),
    one(comparison, "credit", creditNano(comparison)),
    receipts.filter(({ kind }) => kind === "missing"),
    postingDifferences(comparison),
  ];
  const others = [
    ...receipts.filter(({ kind }) => kind === "receipt"),
    ...transactionsOf(comparison, "unbalanced", comparison.faults.unbalanced),
    ...comparison.faults.caches.map((amountNano) => difference("cache", amountNano)),
  ];
  return [...explainBalance(balanceNano(comparison), causes), ...others];
}

/** How far the object's balance is above the ledger's, everything under way taken into account. */
function balanceNano({ object, wallet }: Comparison): NanoUsd {
  const posted = new Set(wallet.postedFlushes);
  // A flush that the ledger has, though the object has not heard so yet, does not wait.
  const doubledNano = sumOf(
    object.frozen.filter(({ flushId }) => posted.has(flushId)).map(({ takenNano }) => takenNano),
  );
  const waitingNano = takenNano(object.waiting) - doubledNano;
  return nanoUsd(object.balanceNano + waitingNano + unappliedNano({ object, wallet }) - wallet.balanceNano);
}

/** The object's balance, less what its own credits and debits make. */
function memoryNano({ object }: Comparison): NanoUsd {
  return nanoUsd(object.balanceNano - (object.entries.sumNano - takenNano(object.taken)));
}

/** What the object was credited, less what the ledger credited it. */
function creditNano({ object, wallet }: Comparison): NanoUsd {
  return nanoUsd(object.entries.sumNano + unappliedNano({ object, wallet }) - wallet.entriesNano);
}

function unappliedNano({ object, wallet }: Pick<Comparison, "object" | "wallet">): bigint {
  const applied = new Set(object.appliedIds);
  return sumOf(wallet.unapplied.filter(({ entryId }) => !applied.has(entryId)).map(({ amountNano }) => amountNano));
}

const takenNano = ({ receiptsNano, correctionsNano, expiriesNano }: AccountBooks["taken"]): bigint =>
  receiptsNano + correctionsNano + expiriesNano;

function receiptDifferences({ receipts, explained }: Comparison): Difference[] {
  return receipts.flatMap((fault) => {
    const kind = fault.transactionId === null ? "missing" : "receipt";
    const closed = explained.find((known) => known.kind === kind && known.receiptId === fault.receiptId);
    const amountNano = nanoUsd(fault.amountNano - (closed?.amountNano ?? ZERO_NANO));
    // A receipt that costs nothing is missing all the same, until somebody has closed it.
    if (amountNano === 0n && (kind === "receipt" || closed !== undefined)) return [];
    return [{ ...difference(kind, amountNano), receiptId: fault.receiptId, transactionId: fault.transactionId }];
  });
}

/** Postings that are not off by just what their receipts are. */
function postingDifferences(comparison: Comparison): Difference[] {
  const { faults, receipts, explained } = comparison;
  const known = new Set(receipts.map(({ receiptId }) => receiptId));
  // Of receipts that the object has forgotten it is known only what was closed while it remembered them.
  const closed = explained.filter(({ kind, receiptId }) => kind === "receipt" && !known.has(receiptId ?? ""));
  const isOffByReceipts = ({ transactionId, amountNano }: LedgerFaults["postings"][number]): boolean => {
    const ofIt = [...receipts, ...closed].filter((fault) => fault.transactionId === transactionId);
    return ofIt.length > 0 && amountNano + sumOf(ofIt.map((fault) => fault.amountNano)) === 0n;
  };
  return transactionsOf(
    comparison,
    "posting",
    faults.postings.filter((fault) => !isOffByReceipts(fault)),
  );
}

function transactionsOf(
  { explained }: Comparison,
  kind: DifferenceKind,
  found: LedgerFaults["postings"],
): Difference[] {
  return found.flatMap(({ transactionId, amountNano }) => {
    const closed = explained.find((known) => known.kind === kind && known.transactionId === transactionId);
    const netNano = nanoUsd(amountNano - (closed?.amountNano ?? ZERO_NANO));
    return netNano === 0n ? [] : [{ ...difference(kind, netNano), transactionId }];
  });
}

function one({ explained }: Comparison, kind: DifferenceKind, amountNano: NanoUsd): Difference[] {
  const netNano = nanoUsd(amountNano - sumOf(explained.filter((known) => known.kind === kind).map(amountOf)));
  return netNano === 0n ? [] : [difference(kind, netNano)];
}

/**
 * Finds the fewest causes that make up the whole of a balance's difference, and says so of them. Where none do, the
 * balance is a difference of its own, and the others are about no balance.
 */
function explainBalance(wholeNano: NanoUsd, causes: readonly (readonly Difference[])[]): Difference[] {
  const all = causes.flat();
  const sets = subsetsOf(causes.filter((cause) => cause.length > 0)).toSorted(
    (left, right) => left.length - right.length,
  );
  const chosen = sets.find((set) => sumOf(set.flat().map(amountOf)) === wholeNano);
  if (chosen === undefined) return [...all, { ...difference("balance", wholeNano), balanceNano: wholeNano }];
  const moving = new Set(chosen.flat());
  return all.map((cause) => (moving.has(cause) ? asMoving(cause) : cause));
}

const asMoving = (cause: Difference): Difference => ({ ...cause, balanceNano: cause.amountNano });

/** Every choice among a handful of things, none included. */
function subsetsOf<Item>(items: readonly Item[]): Item[][] {
  const sets: Item[][] = [[]];
  for (const item of items) sets.push(...sets.map((set) => [...set, item]));
  return sets;
}

const difference = (kind: DifferenceKind, amountNano: NanoUsd): Difference => ({
  kind,
  amountNano,
  balanceNano: ZERO_NANO,
  receiptId: null,
  transactionId: null,
});

const amountOf = ({ amountNano }: { readonly amountNano: NanoUsd }): NanoUsd => amountNano;
const sumOf = (amounts: readonly NanoUsd[]): NanoUsd => nanoUsd(amounts.reduce((sum, amount) => sum + amount, 0n));
