import {
  ENCRYPTED_REASONING,
  invalidParameter,
  memberText,
  OUTPUT_TOKENS_MINIMUM,
  parseJson,
  openAiResponsesUpstream,
  responsesOverrides,
  traitsOf,
  withOwnReasoning,
  type ClientFormat,
  type MemberEdits,
  type TextRequest,
  type UpstreamFormat,
} from "#wire";
import { encodeText } from "../encode-text.ts";
import { encodeRequest as encodeCompatible } from "../openai-compatible/encode-request.ts";
import type { CompatibleProvider } from "../openai-compatible/table.ts";
import type { ProviderCall, ProviderSettings, UpstreamRequest } from "../spec.ts";
import { encodeMedia, isMedia } from "./encode-media.ts";

type ChatCall = Extract<ProviderCall, { operation: "chat.completions" }>;

/**
 * The format in which OpenAI is asked: the caller's own where the model speaks it. Of the two that it has, responses carry
 * more of what models that reason say, and chat completions more parameters of sampling.
 */
export function textFormat(clientFormat: ClientFormat, upstreamModel: string): UpstreamFormat {
  const { onlyOn, reasons } = traitsOf(upstreamModel);
  if (onlyOn !== null) return onlyOn;
  if (clientFormat === "openai-chat" || clientFormat === "openai-responses") return clientFormat;
  return reasons ? "openai-responses" : "openai-chat";
}

/** A request to OpenAI. Everything but responses is asked of it as of the providers that copy it. */
export function encodeRequest(
  dialect: CompatibleProvider,
  settings: ProviderSettings,
  call: ProviderCall,
): UpstreamRequest {
  if (isMedia(call)) return encodeMedia(settings, call);
  const isResponses =
    call.operation === "chat.completions" && textFormat(call.request.format, call.upstreamModel) === "openai-responses";
  return isResponses ? encodeResponses(settings, call) : encodeCompatible(dialect, settings, call);
}

function encodeResponses({ baseUrl, apiKey }: ProviderSettings, call: ChatCall): UpstreamRequest {
  const { request, upstreamModel } = call;
  const answerType = request.stream ? "text/event-stream" : "application/json";
  // A caller of this very format is taken at its word; what others ask for is fitted to the model, and reported.
  if (request.format !== "openai-responses") refuseTooLittle(call);
  const overrides = request.format === "openai-responses" ? {} : responsesOverrides(request, upstreamModel);
  const { body, droppedParams } = encodeText(openAiResponsesUpstream, call, () => responsesEdits(call), overrides);
  return {
    url: `${baseUrl}/responses`,
    headers: {
      "content-type": "application/json",
      accept: answerType,
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    body,
    stream: request.stream,
    codec: openAiResponsesUpstream,
    answerTypes: [answerType],
    droppedParams,
    dropUsageChunk: false,
  };
}

/** What was granted is never raised, as no more was held for. Another provider may take it. */
function refuseTooLittle({ request, outputTokens }: ChatCall): void {
  if (outputTokens === null || outputTokens >= OUTPUT_TOKENS_MINIMUM) return;
  throw invalidParameter(maximumParam(request), `must be at least ${OUTPUT_TOKENS_MINIMUM} for this model.`);
}

/** The caller's own member for the output maximum; of OpenAI's two, the one that it sent. */
function maximumParam({ format, object }: TextRequest): string {
  if (format === "gemini") return "generationConfig.maxOutputTokens";
  const isNew = format === "openai-chat" && (memberText(object, "max_tokens") ?? "null") === "null";
  return isNew ? "max_completion_tokens" : "max_tokens";
}

/** The caller's own text, with nothing stored: reasoning that OpenAI would have kept goes to the caller, encrypted. */
function responsesEdits({ request, upstreamModel, outputTokens }: ChatCall): MemberEdits {
  const edits = new Map<string, string | null>([
    ["model", JSON.stringify(upstreamModel)],
    ["store", "false"],
  ]);
  if (outputTokens !== null) {
    edits.set("max_output_tokens", String(outputTokens));
  }
  const input = withOwnReasoning(request.object);
  if (input !== null) edits.set("input", input);
  const include = traitsOf(upstreamModel).reasons
    ? withEncryptedReasoning(memberText(request.object, "include"))
    : null;
  if (include !== null) edits.set("include", include);
  return edits;
}

/** The `include` list with encrypted reasoning; null where it has that already. */
function withEncryptedReasoning(text: string | null): string | null {
  const value = text === null ? null : parseJson(text);
  const include: readonly unknown[] = Array.isArray(value) ? value : [];
  return include.includes(ENCRYPTED_REASONING) ? null : JSON.stringify([...include, ENCRYPTED_REASONING]);
}
