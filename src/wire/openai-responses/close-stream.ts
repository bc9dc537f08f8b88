import type { EncoderOptions, StreamCloser } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import { encodeUsage } from "./encode-usage.ts";
import type { Json } from "./read-response.ts";
import { responseBase } from "./response-object.ts";

/**
 * Ends a stream of Responses that passed through: closes the message that is open, and says the response, which is
 * incomplete. That repeats what was said, so the pieces are kept; a call that is open has no whole arguments and is left out.
 */
export function createCloser(options: EncoderOptions): StreamCloser {
  let created = "";
  let last = "";
  /** The data of the events that began and ended items. */
  let open = "";
  const done: string[] = [];
  let pieces: string[] = [];

  const responseOf = (): Json => {
    const { response } = recordOf(created);
    return isRecord(response) ? response : responseBase(options, options.requestId, options.model);
  };

  return {
    see({ data, event }, events) {
      last = data;
      if (event === "response.created") created = data;
      else if (event === "response.output_item.added") {
        open = data;
        pieces = [];
      } else if (event === "response.output_item.done") {
        open = "";
        done.push(data);
      }
      for (const said of events) if (said.type === "text") pieces.push(said.text);
    },
    close({ usage, choices }) {
      if (choices.length === 0) return "";
      const text = pieces.join("");
      const message = openMessage(recordOf(open), text);
      const output = [...done.map((data) => recordOf(data)["item"]), ...(message ? [message.item] : [])];
      const response = {
        ...responseOf(),
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
        output,
        usage: encodeUsage(usage),
      };
      const said = [...(message?.events ?? []), { type: "response.incomplete", response }];
      const from = Number(recordOf(last)["sequence_number"] ?? -1) + 1;
      return said
        .map((event, at) => encodeEvent(JSON.stringify({ ...event, sequence_number: from + at }), event.type))
        .join("");
    },
  };
}

/** The message that was being said, as far as it came, and the events that end it. Null where none was. */
function openMessage(added: Json, text: string) {
  const { item, output_index } = added;
  if (!isRecord(item) || item["type"] !== "message") return null;
  const part = { type: "output_text", text, annotations: [], logprobs: [] };
  const ended = { ...item, status: "incomplete", content: text === "" ? [] : [part] };
  const place = { item_id: item["id"], output_index, content_index: 0 };
  const itemDone = { type: "response.output_item.done", output_index, item: ended };
  if (text === "") return { item: ended, events: [itemDone] };
  const textDone = { type: "response.output_text.done", ...place, text, logprobs: [] };
  return { item: ended, events: [textDone, { type: "response.content_part.done", ...place, part }, itemDone] };
}

function recordOf(data: string): Json {
  const value = parseJson(data);
  return isRecord(value) ? value : {};
}
