import type { AnswerEvent } from "../answer-events.ts";
import type { SourceEvent, StreamDecoder } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { createItemReader, type ItemReader } from "./read-items.ts";
import { finishReason, listOf, readError, recordOf, startEvent, usageEvents, type Json } from "./read-response.ts";

const DONE = "[DONE]";

/** Reads the stream of `POST /responses`. Its last event holds the whole response; what comes before it is not said again. */
export function createDecoder(): StreamDecoder {
  const items = createItemReader();
  const counts = { known: 0, malformed: 0 };
  const state = { hasBegun: false, isFinished: false, hasFailed: false };

  const begin = (response: Json): readonly AnswerEvent[] => {
    if (state.hasBegun) return [];
    state.hasBegun = true;
    return [startEvent(response)];
  };
  const fail = (value: Json): readonly AnswerEvent[] => {
    state.hasFailed = true;
    return [{ type: "error", error: readError(value) }];
  };
  const finish = (response: Json): readonly AnswerEvent[] => {
    const begun = begin(response);
    const output = items.counts().items === 0 ? readOutput(items, response) : [];
    const { calls, searches } = items.counts();
    const usage = usageEvents(response, searches);
    const reason = finishReason(response, calls);
    if (reason === null) return [...begun, ...output, ...usage, ...fail(response)];
    state.isFinished = true;
    return [...begun, ...output, ...usage, { type: "finish", choice: 0, reason, stopSequence: null }];
  };
  const read = (value: Json): readonly AnswerEvent[] | null => {
    const { type } = value;
    switch (type) {
      case "response.created":
      case "response.in_progress":
      case "response.queued":
        return begin(recordOf(value["response"]));
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
      case "response.cancelled":
        return finish({ status: type.slice("response.".length), ...recordOf(value["response"]) });
      case "error":
        return fail(value);
      default:
        if (typeof type === "string") return readPiece(items, type, value);
        return isRecord(value["error"]) ? fail(value) : null;
    }
  };

  return {
    see({ data }: SourceEvent) {
      if (data.startsWith(DONE) || state.isFinished || state.hasFailed) return [];
      const value = parseJson(data);
      const events = isRecord(value) ? read(value) : null;
      if (events === null) counts.malformed += 1;
      else counts.known += 1;
      return events ?? [];
    },
    seeForeign() {
      counts.malformed += 1;
    },
    end() {
      if (state.hasFailed) return "interrupted";
      if (state.isFinished) return "complete";
      return counts.known === 0 && counts.malformed > 0 ? "garbage" : "interrupted";
    },
    isOver: () => state.isFinished,
  };
}

/** The items of a whole output. */
export function readOutput(items: ItemReader, response: Json): readonly AnswerEvent[] {
  return listOf(response["output"]).flatMap((item, index) => (isRecord(item) ? items.done(index, item) : []));
}

/** Events of one item. Those that say again what others said (`….done` of parts) and those of tools are passed over. */
function readPiece(items: ItemReader, type: string, value: Json): readonly AnswerEvent[] {
  const item = recordOf(value["item"]);
  const key = value["item_id"] ?? item["id"] ?? value["output_index"];
  switch (type) {
    case "response.output_item.added":
      return items.begin(key, item);
    case "response.output_item.done":
      return items.done(key, item);
    case "response.output_text.delta":
      return items.message.text(value["delta"], value["content_index"], value["logprobs"]);
    case "response.refusal.delta":
      return items.message.refusal(value["delta"], value["content_index"]);
    case "response.reasoning_summary_text.delta":
      return items.reasoning.say(value["delta"], value["summary_index"]);
    case "response.reasoning_text.delta":
      return items.reasoning.say(value["delta"], value["content_index"]);
    case "response.function_call_arguments.delta":
    case "response.custom_tool_call_input.delta":
      return items.call(key, value["delta"]);
    case "response.output_text.annotation.added":
      return items.message.cite(value["annotation"]);
    default:
      return [];
  }
}
