import { readFileSync } from "node:fs";
import {
  anthropicClient,
  anthropicUpstream,
  cohereUpstream,
  converseUpstream,
  encodableEvents,
  geminiClient,
  geminiUpstream,
  openAiChatClient,
  openAiChatUpstream,
  openAiResponsesClient,
  openAiResponsesUpstream,
  type ClientCodec,
  type EncoderOptions,
  type Meter,
  type UpstreamCodec,
  type UpstreamFormat,
} from "#wire";
import { mapUsage as mapAnthropic } from "../../../src/providers/anthropic/map-usage.ts";
import { mapUsage as mapBedrock } from "../../../src/providers/bedrock/map-usage.ts";
import { mapUsage as mapCohere } from "../../../src/providers/cohere/map-usage.ts";
import { mapUsage as mapGoogle } from "../../../src/providers/google/map-usage.ts";
import { mapUsage as mapOpenAi } from "../../../src/providers/openai/map-usage.ts";
import type { Framing } from "./replay.ts";
import { QUESTIONS, type ReadFormat } from "./sdk-views.ts";

/** What callers speak. */
export const CLIENTS: Readonly<Record<ReadFormat, ClientCodec>> = {
  "openai-chat": openAiChatClient,
  "openai-responses": openAiResponsesClient,
  "anthropic-messages": anthropicClient,
  gemini: geminiClient,
};
export const FORMATS = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"] as const;

export interface Upstream {
  readonly codec: UpstreamCodec;
  readonly framing: Framing | "aws";
  readonly units: Meter["units"];
}

const TEXT = "chat.completions";

/** What upstreams speak, with how their bytes are framed and their usage is read. */
export const UPSTREAMS: Readonly<Record<UpstreamFormat, Upstream>> = {
  "openai-chat": {
    codec: openAiChatUpstream,
    framing: "done",
    units: (usage) => mapOpenAi(usage, TEXT, "openai-chat"),
  },
  "openai-responses": {
    codec: openAiResponsesUpstream,
    framing: "named",
    units: (usage) => mapOpenAi(usage, TEXT, "openai-responses"),
  },
  "anthropic-messages": {
    codec: anthropicUpstream,
    framing: "named",
    units: (usage) => mapAnthropic(usage, TEXT),
  },
  gemini: { codec: geminiUpstream, framing: "data", units: (usage) => mapGoogle(usage, TEXT) },
  "bedrock-converse": { codec: converseUpstream, framing: "aws", units: mapBedrock },
  "cohere-chat": { codec: cohereUpstream, framing: "named", units: (usage) => mapCohere(usage, TEXT) },
};

export const meterOf = ({ units }: Upstream): Meter => ({ units, costUsd: () => null });

export function optionsFor(format: ReadFormat): EncoderOptions {
  const route = format === "gemini" ? { model: "m", stream: true } : { model: null, stream: null };
  const request = CLIENTS[format].parseRequest(JSON.stringify(QUESTIONS[format]), route);
  return { requestId: "gen_01h", model: "m", createdSeconds: 1, includeUsage: true, request };
}

/** A whole answer of an upstream's, said to a caller of another format. */
export function translateWhole(upstream: Upstream, text: string, format: ReadFormat): string {
  const { end, events } = upstream.codec.decodeResponse(text);
  if (end !== "complete") throw new Error(`the answer is ${end}`);
  return CLIENTS[format].encodeResponse(encodableEvents(events, meterOf(upstream)), optionsFor(format));
}

/** Our own fixtures: one answer in every upstream's format, streamed and whole. */
export const ownFixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/wire/${name}`, import.meta.url), "utf8");
