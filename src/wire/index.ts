export type {
  AnswerSummary,
  Delivered,
  Gate,
  GatedTap,
  InBandError,
  RawUsage,
  StreamEnd,
  StreamTap,
  TapOutput,
} from "./events.ts";
export { memberText, scanObject, type JsonMember, type JsonObjectText } from "./json/scan-object.ts";
export { spliceMembers, type MemberEdits } from "./json/splice-members.ts";
export { addUsageCost } from "./openai-chat/add-usage-cost.ts";
export { encodeError, encodeStreamError } from "./openai-chat/encode-error.ts";
export { openAiChatClient, openAiChatUpstream } from "./openai-chat/codec.ts";
export { CHAT_PARAMETER_MEMBERS } from "./openai-chat/parameters.ts";
export { encodeRequest as encodeChatRequest } from "./openai-chat/encode-request.ts";
export { withOwnChatReasoning } from "./openai-chat/own-reasoning.ts";
export { effortOf } from "./reasoning.ts";
export { chatReasoningEffort } from "./openai-chat/reasoning-effort.ts";
export { parseChatRequest } from "./openai-chat/request.ts";
export { readChatResponse } from "./openai-chat/response.ts";
export { createChatStreamTap, type ChatTapOptions } from "./openai-chat/stream-tap.ts";
export { openAiCompletionsClient } from "./openai-completions/codec.ts";
export { parseEmbeddingsRequest, type EmbeddingsRequest } from "./openai-embeddings/request.ts";
export { readEmbeddingsResponse, type EmbeddingsSummary } from "./openai-embeddings/response.ts";
export { parseJson } from "./parse-json.ts";
export { safeToken } from "./safe-token.ts";
export type * from "./answer-events.ts";
export type * from "./codec.ts";
export type { ClientFormat, UpstreamFormat } from "./formats.ts";
export { checkParameters, encodePrompt, type EncodedPrompt, type ParameterOverrides } from "./encode-prompt.ts";
export {
  PROMPT_PARAMETERS,
  type ParameterSupport,
  type ParameterTable,
  type PromptParameter,
  type UsedParameters,
} from "./parameters.ts";
export type * from "./prompt.ts";
export type { TextExtra, TextInput, TextRequest } from "./text-request.ts";
export { createAnswerCollector } from "./collect-answer.ts";
export { createSseSource, type EventSource } from "./sse/event-source.ts";
export { createTranslateTap, encodableEvents, type Meter } from "./translate-tap.ts";
export { geminiClient, geminiUpstream } from "./gemini/codec.ts";
export { withoutForeignSignatures } from "./gemini/foreign-signatures.ts";
export { invalidParameter, isRecord, parseBody } from "./parse-body.ts";
export { encodeEmbedContentResponse, parseEmbedContentRequest } from "./gemini/embed-content.ts";
export { encodeTokenCount, readTokenCount } from "./token-count.ts";
export { createAwsEventSource } from "./aws-event-stream/event-source.ts";
export { converseUpstream } from "./bedrock-converse/codec.ts";
export { hasPromptCache, isClaude } from "./bedrock-converse/encode-request.ts";
export { cohereUpstream } from "./cohere-chat/codec.ts";
export { encodeError as encodeAnthropicError } from "./anthropic-messages/encode-error.ts";
export { encodeError as encodeGeminiError } from "./gemini/encode-error.ts";
export { anthropicClient, anthropicUpstream } from "./anthropic-messages/codec.ts";
export { withoutForeignReasoning } from "./anthropic-messages/foreign-reasoning.ts";
export { anthropicOverrides } from "./anthropic-messages/parameters.ts";
export { openAiResponsesClient, openAiResponsesUpstream } from "./openai-responses/codec.ts";
export { ENCRYPTED_REASONING, OUTPUT_TOKENS_MINIMUM } from "./openai-responses/encode-request.ts";
export { traitsOf } from "./openai-responses/model-traits.ts";
export { withOwnReasoning } from "./openai-responses/own-reasoning.ts";
export { responsesOverrides } from "./openai-responses/parameters.ts";
export { parseRerankRequest, type RerankRequest } from "./rerank/request.ts";
export { readRerankAnswer } from "./rerank/response.ts";
export { parseModerationsRequest, type ModerationsRequest } from "./moderations/request.ts";
export { readModerationsAnswer } from "./moderations/response.ts";
export { parseImagesRequest, readImagesForm, type ImagesOperation, type ImagesRequest } from "./images/request.ts";
export { readImagesAnswer } from "./images/response.ts";
export { createImagesTap } from "./images/stream-tap.ts";
export { parseSpeechRequest, SPEECH_FORMATS, type SpeechRequest } from "./audio/speech-request.ts";
export { createByteTap, createSpeechEventsTap, createSpeechSoundTap } from "./audio/speech-tap.ts";
export { createTranscriptTap, readTranscript } from "./audio/transcript.ts";
export {
  readTranscriptionForm,
  type TranscriptFormat,
  type TranscriptionOperation,
  type TranscriptionRequest,
} from "./audio/transcription-request.ts";
export { editForm, encodeForm } from "./multipart/encode-form.ts";
export type { FormBody, FormFile, FormPart } from "./multipart/form.ts";
export { isPublicHttpsUrl } from "./public-url.ts";
