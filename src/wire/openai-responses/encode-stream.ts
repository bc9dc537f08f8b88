import type { EncodableEvent, FinishReason, MeteredUsage } from "../answer-events.ts";
import type { EncoderOptions, StreamEncoder } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { memberText } from "../json/scan-object.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import { encodeUsage } from "./encode-usage.ts";
import type { Json } from "./read-response.ts";
import { responseBase } from "./response-object.ts";
import { createOutputWriter, type Emit } from "./write-output.ts";

/** Makes a response of events. `emit` is told of each step; a whole answer needs only the last. */
export interface ResponseWriter {
  write(event: EncodableEvent): void;
  /** Ends the response and returns it. Called once. */
  finish(): Json;
}

/** Of each reason that is no whole answer: why it is incomplete. Refusals that were said are whole. */
const INCOMPLETE: Partial<Record<FinishReason, string>> = {
  length: "max_output_tokens",
  "content-filter": "content_filter",
  refusal: "content_filter",
};

export function createResponseWriter(options: EncoderOptions, emit: Emit): ResponseWriter {
  const output = createOutputWriter(options.requestId.replace(/^gen_/, ""), customTools(options), emit);
  let base: Json | null = null;
  let usage: MeteredUsage | null = null;
  let reason: FinishReason = "stop";

  const begin = (id: string | null, model: string | null): Json => {
    if (base) return base;
    base = responseBase(options, id ?? options.requestId, model ?? options.model);
    const response = { ...base, status: "in_progress", output: [], usage: null };
    emit("created", { response });
    emit("in_progress", { response });
    return base;
  };

  return {
    write(event) {
      if (event.type === "start") {
        begin(event.id, event.model);
        return;
      }
      if (event.type === "usage") usage = event;
      else if (event.type === "finish") reason = event.choice === 0 ? event.reason : reason;
      else {
        begin(null, null);
        output.write(event);
      }
    },
    finish() {
      const begun = begin(null, null);
      output.close();
      const cause = reason === "refusal" && output.hasRefusal() ? undefined : INCOMPLETE[reason];
      const status = cause === undefined ? "completed" : "incomplete";
      const response = {
        ...begun,
        status,
        incomplete_details: cause === undefined ? null : { reason: cause },
        output: output.items(),
        usage: usage && encodeUsage(usage),
      };
      emit(status, { response });
      return response;
    },
  };
}

/** Says events as the stream of `POST /responses`. */
export function createEncoder(options: EncoderOptions): StreamEncoder {
  let sequence = 0;
  let text = "";
  const writer = createResponseWriter(options, (type, members) => {
    const name = `response.${type}`;
    text += encodeEvent(JSON.stringify({ type: name, sequence_number: sequence, ...members }), name);
    sequence += 1;
  });
  const take = (): string => {
    const taken = text;
    text = "";
    return taken;
  };
  const finish = (): string => {
    writer.finish();
    return take();
  };
  return {
    encode(event) {
      writer.write(event);
      return take();
    },
    finish,
    // A response that is incomplete says so itself.
    cut: finish,
  };
}

/** The names of the caller's tools that take plain text. */
function customTools({ request }: EncoderOptions): ReadonlySet<string> {
  const text = memberText(request.object, "tools");
  const tools = text === null ? null : parseJson(text);
  const names = new Set<string>();
  for (const tool of Array.isArray(tools) ? tools : []) {
    if (isRecord(tool) && tool["type"] === "custom" && typeof tool["name"] === "string") names.add(tool["name"]);
  }
  return names;
}
