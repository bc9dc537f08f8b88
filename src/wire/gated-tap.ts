import type { MeteredUsage } from "./answer-events.ts";
import type { Ending } from "./codec.ts";
import type { Gate, StreamTap, TapOutput } from "./events.ts";
import { createGatedEvents, type EventSteps } from "./gated-events.ts";
import { openChoices } from "./open-choices.ts";

/** What one kind of tap of text does with its stream. */
export interface TapParts<Item, Seen> extends EventSteps<Item, Seen> {
  /** The items that a chunk completed, and those that are left at the end. */
  split(chunk: Uint8Array): readonly Item[];
  rest(): readonly Item[];
  /** An item exceeded its bound: what follows cannot be read. `lose` is told so where the answer was not over. */
  overflowed(): boolean;
  lose(): void;
  hasFailed(): boolean;
  /** Takes what was handed on. */
  flush(): readonly Uint8Array[];
  /** Upstream has ended, and nothing is held back. */
  end(): void;
  /** What ends an answer that is cut, in the caller's format. */
  close(ending: Ending): string;
}

/** A tap of text: its items in order, each only when the gate lets it. Without a gate everything passes. */
export function createGatedTap<Item, Seen>(
  parts: TapParts<Item, Seen>,
  choices: number,
  gate: Gate | undefined,
): StreamTap {
  const events = createGatedEvents(parts, gate);
  const bytes = new TextEncoder();
  let isDrained = false;

  const output = (): TapOutput => ({ forward: parts.flush(), stop: parts.hasFailed(), isHeld: events.isHeld() });
  const gated = {
    tokensAtMost: () => parts.tokensAtMost(),
    resume() {
      events.resume();
      return output();
    },
    cut(usage: MeteredUsage) {
      events.drop();
      const text = parts.close({ usage, choices: openChoices(events.summary(), choices) });
      return text === "" ? [] : [bytes.encode(text)];
    },
  };

  return {
    push(chunk) {
      if (parts.isOver()) return { forward: [], stop: parts.hasFailed() };
      events.take(parts.split(chunk));
      if (parts.overflowed() && !parts.isOver()) parts.lose();
      return output();
    },
    snapshot: () => events.summary(),
    finish() {
      if (!isDrained && !parts.isOver()) events.take(parts.rest());
      isDrained = true;
      if (!events.isHeld()) parts.end();
      return { forward: parts.flush(), summary: events.summary(), isHeld: events.isHeld() };
    },
    ...(gate && { gated }),
  };
}
