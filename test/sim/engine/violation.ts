/** The invariants of design MONEY section 6, as far as a simulation of one organization sees them. */
export const INVARIANTS = {
  conservation: "1: balance = credits - costs, derived sums = recount, restored state = memory",
  limits: "2: spent + held + leased <= limit at every admission and extension, leases <= a tenth of what is available",
  once: "3: every hold and lease ends exactly once, none is open past its deadline and a sweep",
  receipts: "4: receipts = debits = postings, one receipt for each admitted call, an acknowledged settle stays",
  replay: "5: a replayed command changes nothing",
  leaseLife: "6: no lease admits after its life, or for a key that was shut before it",
  liveness: "7: what fits is admitted once all is quiet, and no lease alone is answered with 402",
  faults: "8: nothing rejects or throws that says that it never does",
} as const;

export type Invariant = keyof typeof INVARIANTS;
export type Figures = Readonly<Record<string, unknown>>;

/** A broken promise, with the figures that show it. */
export class Violation extends Error {
  readonly invariant: Invariant;
  readonly figures: Figures;

  constructor(invariant: Invariant, what: string, figures: Figures) {
    super(what);
    this.name = "Violation";
    this.invariant = invariant;
    this.figures = figures;
  }
}

/** Throws the violation where `holds` is false. Figures are only made then. */
export function ensure(holds: boolean, invariant: Invariant, what: string, figures: () => Figures): void {
  if (!holds) throw new Violation(invariant, what, figures());
}
