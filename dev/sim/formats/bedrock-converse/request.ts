import { z } from "zod";
import { invalidRequest, type Refusal } from "../../format.ts";

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const DOCUMENT_NAME = /^(?!.*\s{2})[\p{L}\p{N}\s\-()[\]]{1,200}$/u;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const STOPS_MAX = 2_500;

const json = z.record(z.string(), z.unknown());
const base64 = z.string().regex(BASE64);
const source = z.union([
  z.strictObject({ bytes: base64 }),
  z.strictObject({ s3Location: z.looseObject({ uri: z.string().startsWith("s3://") }) }),
]);
const cachePoint = z.strictObject({ type: z.literal("default"), ttl: z.enum(["5m", "1h"]).optional() });
const image = z.looseObject({ format: z.enum(["png", "jpeg", "gif", "webp"]), source });
const document = z.looseObject({
  format: z.enum(["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]),
  name: z.string().regex(DOCUMENT_NAME),
  source: z.union([source, z.strictObject({ text: z.string() })]),
});
const video = z.looseObject({ format: z.string(), source });
const reasoning = z.union([
  z.strictObject({ reasoningText: z.strictObject({ text: z.string(), signature: z.string().optional() }) }),
  z.strictObject({ redactedContent: base64 }),
]);
const resultBlock = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ json: z.unknown() }),
  z.strictObject({ image }),
  z.strictObject({ document }),
  z.strictObject({ video }),
]);
const toolUse = z.looseObject({
  toolUseId: z.string().regex(TOOL_NAME),
  name: z.string().regex(TOOL_NAME),
  input: z.unknown(),
});
const toolResult = z.looseObject({
  toolUseId: z.string().regex(TOOL_NAME),
  content: z.array(resultBlock),
  status: z.enum(["success", "error"]).optional(),
});
/** A union of the AWS kind: exactly one member. */
const block = z
  .strictObject({
    text: z.string().optional(),
    image: image.optional(),
    document: document.optional(),
    video: video.optional(),
    toolUse: toolUse.optional(),
    toolResult: toolResult.optional(),
    reasoningContent: reasoning.optional(),
    cachePoint: cachePoint.optional(),
    guardContent: json.optional(),
    citationsContent: json.optional(),
    searchResult: json.optional(),
  })
  .refine((value) => Object.keys(value).length === 1, "must have exactly one member set");
const systemBlock = z
  .strictObject({ text: z.string().optional(), cachePoint: cachePoint.optional(), guardContent: json.optional() })
  .refine((value) => Object.keys(value).length === 1, "must have exactly one member set");
const tool = z
  .strictObject({
    toolSpec: z
      .looseObject({
        name: z.string().regex(TOOL_NAME),
        description: z.string().min(1).optional(),
        inputSchema: z.strictObject({ json }),
      })
      .optional(),
    cachePoint: cachePoint.optional(),
    systemTool: json.optional(),
  })
  .refine((value) => Object.keys(value).length === 1, "must have exactly one member set");
const toolChoice = z.union([
  z.strictObject({ auto: json }),
  z.strictObject({ any: json }),
  z.strictObject({ tool: z.strictObject({ name: z.string().regex(TOOL_NAME) }) }),
]);

/** Members that Converse does not know pass, as at AWS. */
const converseRequest = z.looseObject({
  messages: z.array(z.looseObject({ role: z.enum(["user", "assistant"]), content: z.array(block) })).min(1),
  system: z.array(systemBlock).optional(),
  inferenceConfig: z
    .looseObject({
      maxTokens: z.int().min(1).optional(),
      temperature: z.number().min(0).max(1).optional(),
      topP: z.number().min(0).max(1).optional(),
      stopSequences: z.array(z.string().min(1)).max(STOPS_MAX).optional(),
    })
    .optional(),
  toolConfig: z.looseObject({ tools: z.array(tool).min(1), toolChoice: toolChoice.optional() }).optional(),
  outputConfig: z
    .looseObject({
      textFormat: z
        .looseObject({
          type: z.literal("json_schema"),
          structure: z.looseObject({ jsonSchema: z.looseObject({ schema: z.string(), name: z.string().optional() }) }),
        })
        .optional(),
    })
    .optional(),
  additionalModelRequestFields: json.optional(),
});

export type ConverseRequest = z.output<typeof converseRequest>;
export type ConverseMessage = ConverseRequest["messages"][number];
export type ConverseBlock = z.output<typeof block>;

export type ConverseResult =
  | { readonly ok: true; readonly request: ConverseRequest }
  | { readonly ok: false; readonly refusal: Refusal };

/** Checks the shape of a body and refuses it as AWS words it, all with ValidationException. */
export function parseConverse(body: unknown): ConverseResult {
  const parsed = converseRequest.safeParse(body);
  if (parsed.success) return { ok: true, request: parsed.data };
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? [])
    .map((step) => (typeof step === "number" ? `${step + 1}.member` : String(step)))
    .join(".");
  const message = `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${issue?.message ?? "invalid"}`;
  return { ok: false, refusal: invalidRequest(message) };
}

/** The tools that a model can call, without marks. */
export const specsOf = ({ toolConfig }: ConverseRequest) =>
  (toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec === undefined ? [] : [toolSpec]));
