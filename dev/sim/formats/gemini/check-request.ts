import { invalidRequest, type Refusal } from "../../format.ts";
import { type Content, functionsOf, type GenerateRequest, type Part } from "./request.ts";
import { checkSchema } from "./schema.ts";
import { toSnakeCase } from "./spelling.ts";

const DATA: readonly (keyof Part)[] = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
];

const ROLES: ReadonlySet<string | undefined> = new Set([undefined, "user", "model", "function"]);
const isGemini3 = (model: string) => model.startsWith("gemini-3");

/** What Google checks beyond the shape of each field. Null when the request stands. */
export function checkRequest(request: GenerateRequest, model: string): Refusal | null {
  return (
    checkContents(request.contents) ??
    checkTurns(request.contents) ??
    checkSignatures(request.contents, model) ??
    checkTools(request) ??
    checkOutput(request, model) ??
    checkThinking(request, model)
  );
}

function checkContents(contents: readonly Content[]): Refusal | null {
  for (const [at, { role, parts }] of contents.entries()) {
    if (!ROLES.has(role)) return invalidRequest("Please use a valid role: user, model.", `contents[${at}].role`);
    if (!parts?.length) {
      return invalidRequest(`* GenerateContentRequest.contents[${at}].parts: contents.parts must not be empty.\n`);
    }
    for (const [index, part] of parts.entries()) {
      if (DATA.filter((name) => part[name] !== undefined).length === 1) continue;
      const field = `contents[${at}].parts[${index}].data`;
      return invalidRequest(
        `* GenerateContentRequest.${field}: required oneof field 'data' must have one initialized field\n`,
        field,
      );
    }
  }
  return null;
}

const calls = (content: Content | undefined) => (content?.parts ?? []).filter((part) => part.functionCall);
const responses = (content: Content | undefined) => (content?.parts ?? []).filter((part) => part.functionResponse);

/** Calls come after a turn of the user or of results, and are answered one for one by the next turn. */
function checkTurns(contents: readonly Content[]): Refusal | null {
  for (const [at, content] of contents.entries()) {
    const called = calls(content).length;
    const answered = responses(content).length;
    const before = contents[at - 1];
    if (called > 0 && (before === undefined || before.role === "model")) {
      return invalidRequest(
        "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
      );
    }
    if (answered > 0 && calls(before).length === 0) {
      return invalidRequest("Please ensure that function response turn comes immediately after a function call turn.");
    }
    const after = contents[at + 1];
    if (called > 0 && after !== undefined && responses(after).length !== called) {
      return invalidRequest(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
      );
    }
  }
  return null;
}

/** Gemini 3 wants the signature of the first call of each step since the user last spoke. Source: Google's "Thought signatures". */
function checkSignatures(contents: readonly Content[], model: string): Refusal | null {
  if (!isGemini3(model)) return null;
  const spoken = contents.findLastIndex(({ role, parts }) => role !== "model" && parts?.some(({ text }) => text));
  for (const [at, content] of contents.entries()) {
    const [first] = calls(content);
    if (at < spoken || first === undefined || first.thoughtSignature) continue;
    return invalidRequest(
      "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, " +
        `and missing thought_signature may lead to degraded model performance. Function call \`default_api:${first.functionCall?.name ?? ""}\`, position ${at + 1}.`,
    );
  }
  return null;
}

function checkTools(request: GenerateRequest): Refusal | null {
  const names = new Set<string>();
  for (const [at, declared] of functionsOf(request).entries()) {
    if (names.has(declared.name)) return invalidRequest(`Duplicate function declaration found: ${declared.name}`);
    names.add(declared.name);
    if (declared.parameters !== undefined && declared.parametersJsonSchema !== undefined) {
      return invalidRequest("parameters and parameters_json_schema are mutually exclusive.");
    }
    const refusal = checkSchema(declared.parameters, `tools[0].function_declarations[${at}].parameters`);
    if (refusal !== null) return refusal;
  }
  const config = request.toolConfig?.functionCallingConfig;
  const allowed = config?.allowedFunctionNames ?? [];
  if (allowed.length > 0 && config?.mode !== "ANY" && config?.mode !== "VALIDATED") {
    return invalidRequest(
      "Function calling config is set without function_calling_mode ANY but allowed_function_names is set.",
    );
  }
  const unknown = allowed.find((name) => !names.has(name));
  if (unknown !== undefined) {
    return invalidRequest(`allowed_function_names: '${unknown}' is not in the function declarations.`);
  }
  if (config?.mode === "ANY" && names.size === 0) {
    return invalidRequest("Function calling config is set without function_declarations.");
  }
  return null;
}

function checkOutput(request: GenerateRequest, model: string): Refusal | null {
  const config = request.generationConfig ?? {};
  const hasSchema = config.responseSchema !== undefined || config.responseJsonSchema !== undefined;
  if (config.responseSchema !== undefined && config.responseJsonSchema !== undefined) {
    return invalidRequest("response_schema and response_json_schema are mutually exclusive.");
  }
  if (hasSchema && (config.responseMimeType ?? "text/plain") === "text/plain") {
    const message =
      "* GenerateContentRequest.generation_config.response_schema: only allowed when response_mime_type is 'application/json' or 'text/x.enum'\n";
    return invalidRequest(message, "generation_config.response_schema");
  }
  if (config.logprobs !== undefined && config.responseLogprobs !== true) {
    return invalidRequest("logprobs is set, but response_logprobs is not enabled.", "generation_config.logprobs");
  }
  if (config.responseMimeType === "application/json" && functionsOf(request).length > 0 && !isGemini3(model)) {
    return invalidRequest("Function calling with a response mime type: 'application/json' is unsupported");
  }
  return checkSchema(config.responseSchema, toSnakeCase(["generationConfig", "responseSchema"]));
}

function checkThinking({ generationConfig }: GenerateRequest, model: string): Refusal | null {
  const { thinkingBudget, thinkingLevel } = generationConfig?.thinkingConfig ?? {};
  if (thinkingBudget !== undefined && thinkingLevel !== undefined) {
    return invalidRequest("You can only set only one of thinking budget and thinking level.");
  }
  if (thinkingLevel !== undefined && !isGemini3(model)) {
    return invalidRequest("Thinking level is not supported for this model.");
  }
  if (thinkingBudget === 0 && /^gemini-(?:2\.5|3.*)-pro/.test(model)) {
    return invalidRequest("Budget 0 is invalid. This model only works in thinking mode.");
  }
  return null;
}
