export type {
  AnswerSummary,
  Delivered,
  InBandError,
  RawUsage,
  StreamEnd,
  StreamSummary,
  StreamTap,
  TapOutput,
} from "./events.ts";
export { memberText, scanObject, type JsonMember, type JsonObjectText } from "./json/scan-object.ts";
export { spliceMembers, type MemberEdits } from "./json/splice-members.ts";
export { addUsageCost } from "./openai-chat/add-usage-cost.ts";
export { encodeError, encodeStreamError } from "./openai-chat/encode-error.ts";
export type { ChatInput } from "./openai-chat/read-messages.ts";
export { parseChatRequest, type ChatExtra, type ChatRequest } from "./openai-chat/request.ts";
export { readChatResponse } from "./openai-chat/response.ts";
export { createChatStreamTap, type ChatTapOptions } from "./openai-chat/stream-tap.ts";
export { parseEmbeddingsRequest, type EmbeddingsRequest } from "./openai-embeddings/request.ts";
export { readEmbeddingsResponse, type EmbeddingsSummary } from "./openai-embeddings/response.ts";
export { parseJson } from "./parse-json.ts";
export { safeToken } from "./safe-token.ts";
