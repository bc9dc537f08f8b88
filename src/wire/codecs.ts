import type { UpstreamCodec } from "./codec.ts";
import type { UpstreamFormat } from "./formats.ts";
import { anthropicUpstream } from "./anthropic-messages/codec.ts";
import { createAwsEventSource } from "./aws-event-stream/event-source.ts";
import { converseUpstream } from "./bedrock-converse/codec.ts";
import { cohereUpstream } from "./cohere-chat/codec.ts";
import { geminiUpstream } from "./gemini/codec.ts";
import { openAiChatUpstream } from "./openai-chat/codec.ts";
import { openAiResponsesUpstream } from "./openai-responses/codec.ts";
import { createSseSource, type EventSource } from "./sse/event-source.ts";

const CODECS: Readonly<Record<UpstreamFormat, UpstreamCodec>> = {
  "openai-chat": openAiChatUpstream,
  "openai-responses": openAiResponsesUpstream,
  "anthropic-messages": anthropicUpstream,
  gemini: geminiUpstream,
  "bedrock-converse": converseUpstream,
  "cohere-chat": cohereUpstream,
};

/** How a format is asked and read. */
export const upstreamCodec = (format: UpstreamFormat): UpstreamCodec => CODECS[format];

/** What cuts a format's streams into events. */
export const eventSourceOf = (format: UpstreamFormat): EventSource =>
  format === "bedrock-converse" ? createAwsEventSource() : createSseSource();
