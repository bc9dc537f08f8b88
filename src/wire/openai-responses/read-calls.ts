import type { AnswerEvent } from "../answer-events.ts";
import { wrapInput } from "./custom-tools.ts";
import { textOf, type Json } from "./read-response.ts";

/** Reads the calls of one answer, which may overlap. `key` is the item's id, or its place where it has none. */
export interface CallReader {
  begin(key: unknown, item: Json): readonly AnswerEvent[];
  piece(key: unknown, text: string): readonly AnswerEvent[];
  done(key: unknown, item: Json): readonly AnswerEvent[];
  count(): number;
}

interface Call {
  readonly index: number;
  readonly isCustom: boolean;
  hasPieces: boolean;
}

/** No model makes so many calls at once; what exceeds it is not read. */
const OPEN_CALLS_MAXIMUM = 1_024;
/** A custom tool's input is text, and arguments are JSON: pieces of it become pieces of `{"input":"…"}`. */
const CUSTOM_START = '{"input":"';
const CUSTOM_END = '"}';

/** Makes a reader for one answer. */
export function createCallReader(): CallReader {
  const open = new Map<unknown, Call>();
  let calls = 0;

  const say = (call: Call, text: string): readonly AnswerEvent[] =>
    text === "" ? [] : [{ type: "tool-arguments", choice: 0, index: call.index, text }];

  const begin = (key: unknown, item: Json): readonly AnswerEvent[] => {
    if (open.size >= OPEN_CALLS_MAXIMUM || open.has(key)) return [];
    const call: Call = { index: calls, isCustom: item["type"] === "custom_tool_call", hasPieces: false };
    calls += 1;
    open.set(key, call);
    const id = textOf(item["call_id"]) ?? textOf(item["id"]) ?? `call_${call.index}`;
    return [{ type: "tool-start", choice: 0, index: call.index, id, name: textOf(item["name"]) ?? "" }];
  };

  return {
    begin,
    piece(key, text) {
      const call = open.get(key);
      if (!call || text === "") return [];
      const start = call.hasPieces || !call.isCustom ? "" : CUSTOM_START;
      call.hasPieces = true;
      return say(call, call.isCustom ? start + JSON.stringify(text).slice(1, -1) : text);
    },
    done(key, item) {
      const begun = begin(key, item);
      const call = open.get(key);
      if (!call) return begun;
      open.delete(key);
      return [
        ...begun,
        ...say(call, restOf(call, item)),
        { type: "tool-end", choice: 0, index: call.index, signature: null },
      ];
    },
    count: () => calls,
  };
}

/** What no piece has said of a call that is done. */
function restOf({ isCustom, hasPieces }: Call, item: Json): string {
  if (hasPieces) return isCustom ? CUSTOM_END : "";
  return isCustom ? wrapInput(textOf(item["input"]) ?? "") : (textOf(item["arguments"]) ?? "");
}
