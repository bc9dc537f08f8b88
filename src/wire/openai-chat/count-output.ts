import { createTokenCounter } from "../count-tokens.ts";
import type { Delivered } from "../events.ts";
import { isRecord } from "../parse-body.ts";
import { utf8Length } from "../utf8-length.ts";

/** Counts the visible output of messages and deltas as it passes, without keeping it. */
export interface OutputCounter {
  /** One message, or one delta of it, of a choice. */
  add(message: unknown): void;
  /** Ends one chunk: it counts as an event when it carried anything visible. */
  endEvent(): void;
  delivered(): Delivered;
}

/** Members whose text is output; reasoning has its own names at DeepSeek (`reasoning_content`) and Groq (`reasoning`). */
const REASONING_MEMBERS = ["reasoning_content", "reasoning"] as const;

/** Makes a counter for one answer. */
export function createOutputCounter(): OutputCounter {
  const output = createTokenCounter();
  const reasoning = createTokenCounter();
  const counts = { events: 0, outputEvents: 0, reasoningEvents: 0, textBytes: 0, toolBytes: 0 };
  let sawOutput = false;
  let sawReasoning = false;

  const addText = (value: unknown): void => {
    if (typeof value !== "string" || value === "") return;
    counts.textBytes += utf8Length(value);
    output.add(value);
    sawOutput = true;
  };
  const addReasoning = (value: unknown): void => {
    if (typeof value !== "string" || value === "") return;
    counts.textBytes += utf8Length(value);
    reasoning.add(value);
    sawReasoning = true;
  };
  const addTool = (called: unknown): void => {
    if (!isRecord(called)) return;
    for (const value of [called["name"], called["arguments"], called["input"]]) {
      if (typeof value !== "string" || value === "") continue;
      counts.toolBytes += utf8Length(value);
      output.add(value);
      sawOutput = true;
    }
  };
  /** Mistral streams content as parts, with `thinking` parts whose texts lie one level deeper. */
  const addPart = (part: unknown): void => {
    if (!isRecord(part)) return;
    addText(part["text"]);
    const thinking = part["thinking"];
    if (Array.isArray(thinking)) for (const thought of thinking) if (isRecord(thought)) addReasoning(thought["text"]);
    addReasoning(thinking);
  };

  return {
    add(message) {
      if (!isRecord(message)) return;
      const { content } = message;
      if (Array.isArray(content)) for (const part of content) addPart(part);
      else addText(content);
      addText(message["refusal"]);
      for (const name of REASONING_MEMBERS) addReasoning(message[name]);
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
      if (sawOutput) counts.outputEvents += 1;
      if (sawReasoning) counts.reasoningEvents += 1;
      if (sawOutput || sawReasoning) counts.events += 1;
      sawOutput = false;
      sawReasoning = false;
    },
    delivered: () => ({
      events: counts.events,
      textBytes: counts.textBytes,
      toolBytes: counts.toolBytes,
      // An event that carries output carries at least one token, whatever the estimate of its text says.
      outputTokens: Math.max(output.total(), counts.outputEvents),
      reasoningTokens: Math.max(reasoning.total(), counts.reasoningEvents),
    }),
  };
}
