import { createAwsEventSource } from "../aws-event-stream/event-source.ts";
import type { UpstreamCodec } from "../codec.ts";
import { createDecoder, decodeResponse } from "./decode-answer.ts";
import { encodeRequest } from "./encode-request.ts";
import { CONVERSE_PARAMETERS } from "./parameters.ts";

/** Amazon Bedrock's Converse and ConverseStream. Nobody calls us in it. */
export const converseUpstream: UpstreamCodec = {
  format: "bedrock-converse",
  parameters: CONVERSE_PARAMETERS,
  encodeRequest,
  createSource: createAwsEventSource,
  createDecoder,
  decodeResponse,
};
