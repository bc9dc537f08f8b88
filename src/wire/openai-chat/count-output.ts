import type { Delivered } from "../events.ts";
import { isRecord } from "../parse-body.ts";
import { createOutputTally, type OutputTally } from "../output-tally.ts";
import { utf8Length } from "../utf8-length.ts";

/** Counts the visible output of messages and deltas as it passes, without keeping it. */
export interface OutputCounter {
  /** One message, or one delta of it, of a choice. */
  add(message: unknown): void;
  /** Ends one chunk: it counts as an event when it carried anything visible. */
  endEvent(): void;
  delivered(): Delivered;
  /** More tokens than this were not delivered: see `GatedTap`. */
  tokensAtMost(): number;
}

/** Members whose text is output; reasoning has its own names at DeepSeek (`reasoning_content`) and Groq (`reasoning`). */
const REASONING_MEMBERS = ["reasoning_content", "reasoning"] as const;

/** Makes a counter for one answer. */
export function createOutputCounter(): OutputCounter {
  const output = createOutputTally();
  const reasoning = createOutputTally();
  const counts = { events: 0, textBytes: 0, toolBytes: 0 };

  const addText = (value: unknown, tally: OutputTally): void => {
    if (typeof value !== "string" || value === "") return;
    counts.textBytes += utf8Length(value);
    tally.add(value);
  };
  const addTool = (called: unknown): void => {
    if (!isRecord(called)) return;
    for (const value of [called["name"], called["arguments"], called["input"]]) {
      if (typeof value !== "string" || value === "") continue;
      counts.toolBytes += utf8Length(value);
      output.add(value);
    }
  };
  /** Mistral streams content as parts, with `thinking` parts whose texts lie one level deeper. */
  const addPart = (part: unknown): void => {
    if (!isRecord(part)) return;
    addText(part["text"], output);
    const thinking = part["thinking"];
    if (!Array.isArray(thinking)) addText(thinking, reasoning);
    else for (const thought of thinking) if (isRecord(thought)) addText(thought["text"], reasoning);
  };

  return {
    add(message) {
      if (!isRecord(message)) return;
      const { content } = message;
      if (Array.isArray(content)) for (const part of content) addPart(part);
      else addText(content, output);
      addText(message["refusal"], output);
      for (const name of REASONING_MEMBERS) addText(message[name], reasoning);
      addTool(message["function_call"]);
      const calls = message["tool_calls"];
      if (!Array.isArray(calls)) return;
      for (const call of calls) {
        if (!isRecord(call)) continue;
        addTool(call["function"]);
        addTool(call["custom"]);
      }
    },
    endEvent() {
      const hadOutput = output.endEvent();
      const hadReasoning = reasoning.endEvent();
      if (hadOutput || hadReasoning) counts.events += 1;
    },
    tokensAtMost: () => counts.textBytes + counts.toolBytes + counts.events,
    delivered: () => ({ ...counts, outputTokens: output.tokens(), reasoningTokens: reasoning.tokens() }),
  };
}
