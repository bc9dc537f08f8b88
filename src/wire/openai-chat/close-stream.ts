import type { EncoderOptions, Ending } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import { encodeUsage } from "./encode-usage.ts";

/** Ends a stream of chat chunks that passed through. */
export interface ChatCloser {
  /** The data of a chunk that is handed on. */
  see(data: string): void;
  close(ending: Ending): string;
}

/** Repeats what every chunk of a stream repeats, as its upstream spelt it, with the finish of each choice that has none. */
export function createCloser({ requestId, model, createdSeconds, includeUsage, request }: EncoderOptions): ChatCloser {
  const wantsUsage = includeUsage || request.includeCost;
  let last = "";
  return {
    see(data) {
      last = data;
    },
    close({ usage, choices }) {
      const seen = parseJson(last);
      const of = (name: string, otherwise: string | number): unknown =>
        (isRecord(seen) ? seen[name] : null) ?? otherwise;
      const head = {
        id: of("id", requestId),
        object: "chat.completion.chunk",
        created: of("created", createdSeconds),
        model: of("model", model),
      };
      const finished = choices.map((index) => ({ index, delta: {}, logprobs: null, finish_reason: "length" }));
      const said = [
        ...(finished.length > 0 ? [{ ...head, choices: finished, ...(wantsUsage ? { usage: null } : {}) }] : []),
        ...(wantsUsage ? [{ ...head, choices: [], usage: encodeUsage(usage) }] : []),
      ];
      return said.map((chunk) => encodeEvent(JSON.stringify(chunk))).join("");
    },
  };
}
