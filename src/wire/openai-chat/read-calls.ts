import type { AnswerEvent } from "../answer-events.ts";
import { isRecord } from "../parse-body.ts";
import { readSignature } from "../signature.ts";
import type { Signature } from "../prompt.ts";
import { thoughtSignature } from "./decode-messages.ts";

type Json = Readonly<Record<string, unknown>>;

/** Reads the tool calls of one choice, piece by piece. Calls count from 0 in order of appearance, whatever their numbers upstream. */
export interface CallReader {
  read(call: unknown): readonly AnswerEvent[];
  /** Ends the call that is open, if any. */
  end(): readonly AnswerEvent[];
  /** How many calls there were. */
  count(): number;
}

interface Call {
  readonly index: number;
  /** The upstream's number and id, by which later pieces name it. */
  readonly number: unknown;
  readonly id: string | null;
  signature: Signature | null;
  /** Pieces of arguments that came before the name. */
  early: string;
  hasStarted: boolean;
}

/** More calls than this in one choice are not read. */
const CALLS_MAXIMUM = 1_024;

/** `idPrefix` names calls whose upstream gave them no id. */
export function createCallReader(choice: number, idPrefix: () => string): CallReader {
  const calls: Call[] = [];
  let open: Call | null = null;

  const end = (): readonly AnswerEvent[] => {
    const ended = open;
    open = null;
    return ended ? [{ type: "tool-end", choice, index: ended.index, signature: ended.signature }] : [];
  };

  /** A number that came before means that call, unless another id comes with it: some number every call 0. */
  const find = (number: unknown, id: string | null): Call | null => {
    if (number === undefined || number === null)
      return id === null ? (calls.at(-1) ?? null) : (calls.find((call) => call.id === id) ?? null);
    return (
      calls.findLast((call) => call.number === number && (id === null || call.id === null || call.id === id)) ?? null
    );
  };

  return {
    read(value) {
      if (!isRecord(value)) return [];
      const id = textOf(value["id"]);
      const known = find(value["index"], id);
      if (!known && calls.length >= CALLS_MAXIMUM) return [];
      const call = known ?? {
        index: calls.length,
        number: value["index"],
        id,
        signature: null,
        early: "",
        hasStarted: false,
      };
      if (!known) calls.push(call);
      const token = thoughtSignature(value["extra_content"]);
      if (token !== null) call.signature = readSignature(token, "openai-chat");
      const { name, text } = readCalled(value);
      const events: AnswerEvent[] = [];
      if (!call.hasStarted && name !== null) {
        events.push(...end());
        open = call;
        call.hasStarted = true;
        const { index } = call;
        events.push({ type: "tool-start", choice, index, id: call.id ?? `${idPrefix()}${choice}_${index}`, name });
        if (call.early !== "") events.push({ type: "tool-arguments", choice, index, text: call.early });
      }
      if (text === "") return events;
      if (call.hasStarted) events.push({ type: "tool-arguments", choice, index: call.index, text });
      else call.early += text;
      return events;
    },
    end,
    count: () => calls.length,
  };
}

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** A function, or a custom tool whose input is text. Ollama and others send the arguments as an object. */
function readCalled(call: Json): { readonly name: string | null; readonly text: string } {
  const called = call["function"] ?? call["custom"];
  if (!isRecord(called)) return { name: null, text: "" };
  const input = called["arguments"] ?? called["input"];
  return { name: textOf(called["name"]), text: isRecord(input) ? JSON.stringify(input) : (textOf(input) ?? "") };
}
