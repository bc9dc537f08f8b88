import type { EncoderOptions, StreamCloser } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { createEncoder } from "./encode-stream.ts";

/** Ends a Gemini stream that passed through: its last chunk, with the finish of each candidate that has none and the usage. */
export function createCloser(options: EncoderOptions): StreamCloser {
  let last = "";
  return {
    see({ data }) {
      last = data;
    },
    close({ usage, choices }) {
      const seen = parseJson(last);
      const of = (name: string): string | null =>
        isRecord(seen) && typeof seen[name] === "string" ? seen[name] : null;
      const encoder = createEncoder(options);
      encoder.encode({ type: "start", id: of("responseId"), model: of("modelVersion") });
      encoder.encode(usage);
      for (const choice of choices) encoder.encode({ type: "finish", choice, reason: "length", stopSequence: null });
      return encoder.cut();
    },
  };
}
