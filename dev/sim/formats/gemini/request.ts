import { z } from "zod";
import { invalidRequest, type Refusal } from "../../format.ts";
import { toCamelCase, toSnakeCase } from "./spelling.ts";

const STOPS_MAX = 5;
const CANDIDATES_MAX = 8;
const LOGPROBS_MAX = 20;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

const anything = z.unknown().optional();
const object = z.record(z.string(), z.unknown());
const base64 = z.string().regex(BASE64, "Base64 decoding failed");

const part = z.strictObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: base64.optional(),
  inlineData: z.strictObject({ mimeType: z.string().min(1), data: base64, displayName: anything }).optional(),
  fileData: z.strictObject({ fileUri: z.string().min(1), mimeType: z.string().optional() }).optional(),
  functionCall: z
    .strictObject({ id: z.string().optional(), name: z.string().min(1), args: object.nullish() })
    .optional(),
  functionResponse: z
    .strictObject({
      id: z.string().optional(),
      name: z.string().min(1),
      response: object.nullish(),
      parts: z.array(z.unknown()).optional(),
      willContinue: anything,
      scheduling: anything,
    })
    .optional(),
  executableCode: object.optional(),
  codeExecutionResult: object.optional(),
  videoMetadata: anything,
  mediaResolution: anything,
  partMetadata: anything,
});
const content = z.strictObject({ role: z.string().optional(), parts: z.array(part).optional() });

const functionDeclaration = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-zA-Z_][\w.:-]{0,63}$/,
      "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.",
    ),
  description: z.string().optional(),
  parameters: object.optional(),
  parametersJsonSchema: anything,
  response: anything,
  responseJsonSchema: anything,
  behavior: anything,
});
const tool = z.strictObject({
  functionDeclarations: z.array(functionDeclaration).optional(),
  googleSearch: object.optional(),
  googleSearchRetrieval: object.optional(),
  googleMaps: object.optional(),
  codeExecution: object.optional(),
  computerUse: object.optional(),
  urlContext: object.optional(),
  fileSearch: object.optional(),
});

const generationConfig = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().min(1).optional(),
  candidateCount: z.int().min(1).max(CANDIDATES_MAX).optional(),
  maxOutputTokens: z.int().min(1).optional(),
  stopSequences: z.array(z.string()).max(STOPS_MAX).optional(),
  responseLogprobs: z.boolean().optional(),
  logprobs: z.int().min(0).max(LOGPROBS_MAX).optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  seed: z.int().optional(),
  responseMimeType: z.enum(["text/plain", "application/json", "text/x.enum"]).optional(),
  responseSchema: object.optional(),
  responseJsonSchema: anything,
  responseModalities: z.array(z.enum(["TEXT", "IMAGE", "AUDIO"])).optional(),
  mediaResolution: anything,
  speechConfig: anything,
  imageConfig: anything,
  audioTranscriptionConfig: anything,
  enableEnhancedCivicAnswers: anything,
  thinkingConfig: z
    .strictObject({
      includeThoughts: z.boolean().optional(),
      thinkingBudget: z.int().min(-1).optional(),
      thinkingLevel: z.string().optional(),
    })
    .optional(),
});

const generateRequest = z.strictObject({
  model: z.string().optional(),
  contents: z.array(content).min(1),
  systemInstruction: content.optional(),
  tools: z.array(tool).optional(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z
        .strictObject({
          mode: z.enum(["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"]).optional(),
          allowedFunctionNames: z.array(z.string()).optional(),
        })
        .optional(),
      retrievalConfig: anything,
      includeServerSideToolInvocations: anything,
    })
    .optional(),
  safetySettings: z.array(z.strictObject({ category: z.string(), threshold: z.string() })).optional(),
  generationConfig: generationConfig.optional(),
  cachedContent: z.string().optional(),
  serviceTier: anything,
  store: anything,
});

export type GenerateRequest = z.output<typeof generateRequest>;
export type Content = z.output<typeof content>;
export type Part = z.output<typeof part>;

export type ReadResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export const readGenerate = (body: unknown): ReadResult<GenerateRequest> => readWith(generateRequest, body);

/** Parses a body in either spelling, and refuses it as Google words it: a name it does not know is an error there. */
export function readWith<T>(schema: z.ZodType<T>, body: unknown): ReadResult<T> {
  const parsed = schema.safeParse(toCamelCase(body));
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, refusal: describeIssue(parsed.error.issues[0]) };
}

function describeIssue(issue: z.core.$ZodIssue | undefined): Refusal {
  const field = toSnakeCase(issue?.path ?? []);
  if (issue?.code === "unrecognized_keys") {
    const at = field === "" ? "" : ` at '${field}'`;
    const message = `Invalid JSON payload received. Unknown name "${issue.keys[0] ?? ""}"${at}: Cannot find field.`;
    return invalidRequest(message, field);
  }
  if (field === "contents")
    return invalidRequest("* GenerateContentRequest.contents: contents is not specified\n", field);
  return invalidRequest(`Invalid value at '${field}': ${issue?.message ?? "invalid"}`, field);
}

/** The functions of all tools. */
export const functionsOf = ({ tools }: GenerateRequest) =>
  (tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []);
export { content as contentSchema, generateRequest as generateSchema };
