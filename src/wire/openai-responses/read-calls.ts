import type { AnswerEvent } from "../answer-events.ts";
import { textOf, type Json } from "./read-response.ts";
import { createSaidText, type SaidText } from "./said-text.ts";

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
  readonly said: SaidText;
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

  const say = (index: number, text: string): readonly AnswerEvent[] =>
    text === "" ? [] : [{ type: "tool-arguments", choice: 0, index, text }];
  const sayPiece = ({ index, isCustom, said }: Call, text: string): readonly AnswerEvent[] => {
    said.add(text);
    return say(index, isCustom ? JSON.stringify(text).slice(1, -1) : text);
  };

  const begin = (key: unknown, item: Json): readonly AnswerEvent[] => {
    if (open.size >= OPEN_CALLS_MAXIMUM || open.has(key)) return [];
    const call: Call = { index: calls, isCustom: item["type"] === "custom_tool_call", said: createSaidText() };
    calls += 1;
    open.set(key, call);
    const id = textOf(item["call_id"]) ?? textOf(item["id"]) ?? `call_${call.index}`;
    return [
      { type: "tool-start", choice: 0, index: call.index, id, name: textOf(item["name"]) ?? "" },
      ...say(call.index, call.isCustom ? CUSTOM_START : ""),
    ];
  };

  return {
    begin,
    piece(key, text) {
      const call = open.get(key);
      return call ? sayPiece(call, text) : [];
    },
    done(key, item) {
      const begun = begin(key, item);
      const call = open.get(key);
      if (!call) return begun;
      open.delete(key);
      const { index, isCustom, said } = call;
      return [
        ...begun,
        ...sayPiece(call, said.restOf(textOf(item[isCustom ? "input" : "arguments"]) ?? "")),
        ...say(index, isCustom ? CUSTOM_END : ""),
        { type: "tool-end", choice: 0, index, signature: null },
      ];
    },
    count: () => calls,
  };
}
