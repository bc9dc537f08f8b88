import type { AnswerSummary, Gate } from "./events.ts";

/** How a tap takes one item of its upstream's stream: counted first, handed on only when the gate lets it. */
export interface EventSteps<Item, Seen> {
  /** No item can bring more bytes of output than this. */
  mostBytes(item: Item): number;
  /** Reads and counts an item; null where nothing of it is handed on. */
  see(item: Item): Seen | null;
  handOn(seen: Seen): void;
  /** Whatever follows is not the answer's. */
  isOver(): boolean;
  tokensAtMost(): number;
  summary(): AnswerSummary;
}

/** Takes items in order, and stops before the first that the gate holds back. */
export interface GatedEvents<Item> {
  take(items: readonly Item[]): void;
  /** Goes on where the gate lets it now. */
  resume(): void;
  isHeld(): boolean;
  /** The answer ends before what is held back. */
  drop(): void;
  /** Of what was handed on. */
  summary(): AnswerSummary;
}

const OPEN: Gate = { freeTokens: Infinity, admits: () => true };

/** Makes the run of one stream. Without a gate everything passes. */
export function createGatedEvents<Item, Seen>(steps: EventSteps<Item, Seen>, gate: Gate = OPEN): GatedEvents<Item> {
  let held: { readonly seen: Seen; readonly before: AnswerSummary; readonly rest: readonly Item[] } | null = null;
  /** Of an answer that ended before what was held back. */
  let last: AnswerSummary | null = null;

  /** Takes one item where it may be one too many. False: it is held back. */
  const takeNear = (items: readonly Item[], item: Item, at: number): boolean => {
    const before = steps.summary();
    const tokensBefore = steps.tokensAtMost();
    const seen = steps.see(item);
    if (seen === null) return true;
    const tokens = steps.tokensAtMost();
    // What brings no output (a role, a finish, usage) costs nothing more than was handed on already.
    if (tokens > tokensBefore && tokens > gate.freeTokens && !gate.admits(steps.summary())) {
      held = { seen, before, rest: items.slice(at + 1) };
      return false;
    }
    steps.handOn(seen);
    return true;
  };

  const take = (items: readonly Item[]): void => {
    if (held !== null) {
      held = { ...held, rest: [...held.rest, ...items] };
      return;
    }
    for (const [at, item] of items.entries()) {
      if (last !== null || steps.isOver()) return;
      // The event itself counts one, as its bytes do.
      if (steps.tokensAtMost() + steps.mostBytes(item) + 1 > gate.freeTokens) {
        if (!takeNear(items, item, at)) return;
        continue;
      }
      const seen = steps.see(item);
      if (seen !== null) steps.handOn(seen);
    }
  };

  return {
    take,
    resume() {
      if (held === null || (steps.tokensAtMost() > gate.freeTokens && !gate.admits(steps.summary()))) return;
      const { seen, rest } = held;
      held = null;
      steps.handOn(seen);
      take(rest);
    },
    isHeld: () => held !== null,
    drop() {
      last = held?.before ?? steps.summary();
      held = null;
    },
    summary: () => last ?? held?.before ?? steps.summary(),
  };
}
