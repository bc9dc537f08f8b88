import type { AnswerEvent } from "./answer-events.ts";
import type { Delivered } from "./events.ts";
import { createOutputTally, type OutputTally } from "./output-tally.ts";
import { utf8Length } from "./utf8-length.ts";

/** Counts the visible output of answer events as they pass, without keeping it. */
export interface EventCounter {
  add(event: AnswerEvent): void;
  /** Ends one source event: it counts as an event when it carried anything visible. */
  endEvent(): void;
  delivered(): Delivered;
  /** More tokens than this were not delivered: see `GatedTap`. */
  tokensAtMost(): number;
}

/** Makes a counter for one answer. */
export function createEventCounter(): EventCounter {
  const output = createOutputTally();
  const reasoning = createOutputTally();
  const counts = { events: 0, textBytes: 0, toolBytes: 0 };
  let images = false;

  const add = (text: string, tally: OutputTally, field: "textBytes" | "toolBytes"): void => {
    if (text === "") return;
    counts[field] += utf8Length(text);
    tally.add(text);
  };

  return {
    add(event) {
      if (event.type === "text" || event.type === "refusal") add(event.text, output, "textBytes");
      else if (event.type === "reasoning") add(event.text, reasoning, "textBytes");
      else if (event.type === "tool-start") add(event.name, output, "toolBytes");
      else if (event.type === "tool-arguments") add(event.text, output, "toolBytes");
      else if (event.type === "image") {
        // Its tokens are the provider's to count; that something was delivered is what matters here.
        counts.textBytes += 1;
        images = true;
      }
    },
    endEvent() {
      const hadOutput = output.endEvent();
      const hadReasoning = reasoning.endEvent();
      if (hadOutput || hadReasoning || images) counts.events += 1;
      images = false;
    },
    tokensAtMost: () => counts.textBytes + counts.toolBytes + counts.events,
    delivered: () => ({ ...counts, outputTokens: output.tokens(), reasoningTokens: reasoning.tokens() }),
  };
}
