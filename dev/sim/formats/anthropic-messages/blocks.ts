import { z } from "zod";

/** Content blocks as https://docs.claude.com/en/api/messages names them; like Anthropic, unknown fields are refused. */
const cacheControl = z.strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).nullish() }).nullish();

export const textBlock = z.strictObject({
  type: z.literal("text"),
  text: z.string().min(1, "text content blocks must be non-empty"),
  citations: z.array(z.looseObject({ type: z.string() })).nullish(),
  cache_control: cacheControl,
});

const urlSource = z.strictObject({ type: z.literal("url"), url: z.url() });
const fileSource = z.strictObject({ type: z.literal("file"), file_id: z.string() });
const imageBlock = z.strictObject({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("base64"),
      media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]),
      data: z.base64(),
    }),
    urlSource,
    fileSource,
  ]),
  cache_control: cacheControl,
});
const documentBlock = z.strictObject({
  type: z.literal("document"),
  source: z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("base64"), media_type: z.literal("application/pdf"), data: z.base64() }),
    z.strictObject({ type: z.literal("text"), media_type: z.literal("text/plain"), data: z.string() }),
    z.strictObject({
      type: z.literal("content"),
      content: z.union([z.string(), z.array(z.discriminatedUnion("type", [textBlock, imageBlock]))]),
    }),
    urlSource,
    fileSource,
  ]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: z.strictObject({ enabled: z.boolean().nullish() }).nullish(),
  cache_control: cacheControl,
});
const searchResultBlock = z.strictObject({
  type: z.literal("search_result"),
  source: z.string(),
  title: z.string(),
  content: z.array(textBlock),
  citations: z.strictObject({ enabled: z.boolean().nullish() }).nullish(),
  cache_control: cacheControl,
});
const toolId = z.string().regex(/^[a-zA-Z0-9_-]+$/, "String should match pattern '^[a-zA-Z0-9_-]+$'");
const toolUseBlock = z.strictObject({
  type: z.literal("tool_use"),
  id: toolId,
  name: z.string().min(1).max(200),
  input: z.record(z.string(), z.unknown()),
  caller: z.looseObject({}).nullish(),
  toolset_name: z.string().nullish(),
  cache_control: cacheControl,
});
const toolResultBlock = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: toolId,
  content: z
    .union([
      z.string(),
      z.array(z.discriminatedUnion("type", [textBlock, imageBlock, documentBlock, searchResultBlock])),
    ])
    .nullish(),
  is_error: z.boolean().nullish(),
  cache_control: cacheControl,
});
const thinkingBlock = z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() });
const redactedThinkingBlock = z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() });

/** What Anthropic's own tools leave in a conversation; the simulator takes it as it is. */
const serverBlock = <Type extends string>(type: Type) =>
  z.looseObject({ type: z.literal(type), cache_control: cacheControl });

export const contentBlock = z.discriminatedUnion("type", [
  textBlock,
  imageBlock,
  documentBlock,
  searchResultBlock,
  toolUseBlock,
  toolResultBlock,
  thinkingBlock,
  redactedThinkingBlock,
  serverBlock("server_tool_use"),
  serverBlock("web_search_tool_result"),
  serverBlock("web_fetch_tool_result"),
  serverBlock("code_execution_tool_result"),
  serverBlock("bash_code_execution_tool_result"),
  serverBlock("text_editor_code_execution_tool_result"),
  serverBlock("tool_search_tool_result"),
  serverBlock("container_upload"),
]);

const customTool = z.strictObject({
  type: z.literal("custom").nullish(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"),
  description: z.string().nullish(),
  input_schema: z.looseObject({ type: z.literal("object") }),
  strict: z.boolean().nullish(),
  allowed_callers: z.array(z.string()).nullish(),
  defer_loading: z.boolean().nullish(),
  eager_input_streaming: z.boolean().nullish(),
  input_examples: z.array(z.record(z.string(), z.unknown())).nullish(),
  cache_control: cacheControl,
});
const serverTool = z.looseObject({
  type: z.string().regex(/_20\d{6}$/, "Input tag does not match any of the expected tags"),
  name: z.string(),
  cache_control: cacheControl,
});
export const tool = z.union([customTool, serverTool]);

export { cacheControl };
export type ContentBlock = z.output<typeof contentBlock>;
export type Tool = z.output<typeof tool>;
export type CacheControl = z.output<typeof cacheControl>;
