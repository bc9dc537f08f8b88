import { AwsClient } from "aws4fetch";
import { AppError } from "#kernel";
import {
  anthropicOverrides,
  converseUpstream,
  hasPromptCache,
  isClaude,
  type MemberEdits,
  type ParameterOverrides,
} from "#wire";
import { encodeText } from "../encode-text.ts";
import type { ProviderCall, ProviderSettings, UpstreamRequest } from "../spec.ts";
import { readCredential, regionOf } from "./credential.ts";

/** Nobody calls us in Converse: there is no text of a caller to edit. */
const NO_EDITS = (): MemberEdits => new Map();
const EVENT_STREAM_TYPE = "application/vnd.amazon.eventstream";
const JSON_TYPE = "application/json";
/** Each maker's own member would be needed; Converse itself names none. */
const NOT_CLAUDE: ParameterOverrides = { top_k: "refused", reasoning: "dropped" };

/** A signed request to Converse. Throws AppError `upstream_rejected` for a credential that is none. */
export async function encodeRequest(settings: ProviderSettings, call: ProviderCall): Promise<UpstreamRequest> {
  if (call.operation !== "chat.completions") throw new AppError("internal_error");
  const { request, upstreamModel } = call;
  const { stream } = request;
  const own = isClaude(upstreamModel) ? anthropicOverrides(request, upstreamModel) : NOT_CLAUDE;
  const overrides = hasPromptCache(upstreamModel) ? own : { ...own, prompt_cache: "dropped" as const };
  const { body, droppedParams } = encodeText(converseUpstream, call, NO_EDITS, overrides);
  // The model's name may hold a colon or a whole ARN: it stands in the address as one percent-encoded segment (G27).
  const url = `${settings.baseUrl}/model/${encodeURIComponent(upstreamModel)}/${stream ? "converse-stream" : "converse"}`;
  const accept = stream ? EVENT_STREAM_TYPE : JSON_TYPE;
  return {
    url,
    headers: await signedHeaders(settings, url, body, accept),
    body,
    stream,
    codec: converseUpstream,
    answerTypes: [accept],
    droppedParams,
    dropUsageChunk: false,
  };
}

async function signedHeaders(
  { apiKey, baseUrl }: ProviderSettings,
  url: string,
  body: string,
  accept: string,
): Promise<Readonly<Record<string, string>>> {
  const credential = readCredential(apiKey ?? "");
  if (!credential) throw new AppError("upstream_rejected");
  const { accessKeyId, secretAccessKey, sessionToken } = credential;
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === null ? {} : { sessionToken }),
    service: "bedrock",
    region: regionOf(baseUrl),
    retries: 0,
  });
  const signed = await client.sign(url, { method: "POST", body, headers: { "content-type": JSON_TYPE, accept } });
  const headers = Object.fromEntries(signed.headers);
  delete headers["host"];
  return headers;
}
