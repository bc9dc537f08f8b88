import type { EncodableEvent } from "../answer-events.ts";
import type { EncoderOptions } from "../codec.ts";
import { createResponseWriter } from "./encode-stream.ts";

/** Says a whole answer as the body of `POST /responses`. */
export function encodeResponse(events: readonly EncodableEvent[], options: EncoderOptions): string {
  const writer = createResponseWriter(options, () => undefined);
  for (const event of events) writer.write(event);
  return JSON.stringify(writer.finish());
}
