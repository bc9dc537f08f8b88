import type { AnswerEvent } from "../answer-events.ts";
import type { Signature } from "../prompt.ts";
import { readReasoningDetails } from "./reasoning-details.ts";

/** Reads the reasoning of one choice's deltas, block by block. */
export interface ReasoningReader {
  read(message: Readonly<Record<string, unknown>>): readonly AnswerEvent[];
  /** Ends the block that is open, if any: something else was said. */
  end(): readonly AnswerEvent[];
}

/** Makes a reader for one choice. */
export function createReasoningReader(choice: number): ReasoningReader {
  let open: { signature: Signature | null } | null = null;

  const end = (): readonly AnswerEvent[] => {
    const ended = open;
    open = null;
    return ended ? [{ type: "reasoning-end", choice, signature: ended.signature, isRedacted: false }] : [];
  };

  return {
    read(message) {
      const events: AnswerEvent[] = [];
      const details = readReasoningDetails(message["reasoning_details"]);
      // The text by its own name where it has one, else from the entries: those who send both say it twice.
      const own = [message["reasoning_content"], message["reasoning"]].find(isFilled);
      const text = own ?? details.map((detail) => detail.text).join("");
      if (text !== "") {
        // A block that has its signature is whole: what follows is another one.
        if (open?.signature) events.push(...end());
        open ??= { signature: null };
        events.push({ type: "reasoning", choice, text });
      }
      for (const { signature, isRedacted } of details) {
        if (!signature) continue;
        if (isRedacted) events.push(...end(), { type: "reasoning-end", choice, signature, isRedacted });
        else open = { signature };
      }
      return events;
    },
    end,
  };
}

const isFilled = (value: unknown): value is string => typeof value === "string" && value !== "";
