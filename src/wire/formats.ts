/** Formats that callers speak. `openai-completions` is the legacy `/v1/completions`. */
export type ClientFormat = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini" | "openai-completions";

/** Formats that upstreams speak. */
export type UpstreamFormat =
  | "openai-chat"
  | "openai-responses"
  | "anthropic-messages"
  | "gemini"
  | "bedrock-converse"
  | "cohere-chat";
