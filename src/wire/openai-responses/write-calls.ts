import { unwrapInput } from "./custom-tools.ts";
import type { ItemList } from "./write-output.ts";

/** Says calls as items, which may overlap. */
export interface CallWriter {
  start(index: number, callId: string, name: string): void;
  say(index: number, text: string): void;
  end(index: number): void;
  /** Ends calls whose own end never came. */
  close(): void;
}

interface OpenCall {
  readonly at: number;
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  readonly isCustom: boolean;
  readonly pieces: string[];
}

/** Makes a writer for one answer. The input of a custom tool lies inside arguments, and is said when these are whole. */
export function createCallWriter(list: ItemList, customTools: ReadonlySet<string>): CallWriter {
  const open = new Map<number, OpenCall>();
  const place = ({ id, at }: OpenCall) => ({ item_id: id, output_index: at });

  const endFunction = (call: OpenCall, text: string): void => {
    const { id, callId, name } = call;
    list.emit("function_call_arguments.done", { ...place(call), name, arguments: text });
    list.done(call.at, {
      id,
      type: "function_call",
      status: "completed",
      call_id: callId,
      name,
      arguments: text,
    });
  };
  const endCustom = (call: OpenCall, text: string): void => {
    const { id, callId, name } = call;
    const input = unwrapInput(text);
    list.emit("custom_tool_call_input.delta", { ...place(call), delta: input });
    list.emit("custom_tool_call_input.done", { ...place(call), input });
    list.done(call.at, { id, type: "custom_tool_call", status: "completed", call_id: callId, name, input });
  };
  const end = (index: number): void => {
    const call = open.get(index);
    if (!call) return;
    open.delete(index);
    const text = call.pieces.join("");
    if (call.isCustom) return endCustom(call, text);
    if (text !== "") return endFunction(call, text);
    list.emit("function_call_arguments.delta", { ...place(call), delta: "{}" });
    endFunction(call, "{}");
  };

  return {
    end,
    start(index, callId, name) {
      end(index);
      const isCustom = customTools.has(name);
      const id = list.newId(isCustom ? "ctc" : "fc");
      const item = isCustom
        ? { id, type: "custom_tool_call", status: "in_progress", call_id: callId, name, input: "" }
        : { id, type: "function_call", status: "in_progress", call_id: callId, name, arguments: "" };
      open.set(index, { at: list.add(item), id, callId, name, isCustom, pieces: [] });
    },
    say(index, text) {
      const call = open.get(index);
      if (!call || text === "") return;
      call.pieces.push(text);
      if (!call.isCustom) list.emit("function_call_arguments.delta", { ...place(call), delta: text });
    },
    close() {
      for (const index of open.keys()) end(index);
    },
  };
}
