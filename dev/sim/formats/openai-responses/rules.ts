import { invalidRequest, type Refusal } from "../../format.ts";
import type { InputItem } from "./items.ts";
import type { ResponsesRequest } from "./request.ts";
import { isForeignOrTrue } from "./sealed.ts";
import { findLoosePart } from "./strict-schema.ts";

/** The rules that span several fields. */
export function checkTogether(request: ResponsesRequest): Refusal | null {
  return (
    checkStored(request) ??
    checkModel(request) ??
    checkTools(request) ??
    checkSchemas(request) ??
    checkCalls(request.items) ??
    checkSealed(request.items)
  );
}

/** The simulator keeps nothing, as an organization without stored data. */
function checkStored(request: ResponsesRequest): Refusal | null {
  const previous = request.previous_response_id;
  if (previous) {
    const message = `Previous response with id '${previous}' not found.`;
    return invalidRequest(message, "previous_response_id", "previous_response_not_found");
  }
  if (request.conversation) return { ...invalidRequest("Conversation not found.", "conversation"), status: 404 };
  if (request.background) return invalidRequest("The simulator plays no background responses.", "background");
  if (request.prompt) return { ...invalidRequest("Prompt not found.", "prompt"), status: 404 };
  const reference = request.items.find((item) => item.type === "item_reference");
  if (reference !== undefined && "id" in reference) {
    return { ...invalidRequest(`Item with id '${String(reference.id)}' not found.`, "input"), status: 404 };
  }
  if (request.stream_options && request.stream !== true) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    return invalidRequest(message, "stream_options");
  }
  return null;
}

const REASONING_MODEL = /^(?:o\d|gpt-5)(?!.*chat)/;
const PLAIN_MODEL = /^gpt-(?:3|4)/;

function checkModel({ model, reasoning, temperature, top_p: topP }: ResponsesRequest): Refusal | null {
  const unsupported = (name: string) =>
    invalidRequest(`Unsupported parameter: '${name}' is not supported with this model.`, name, "unsupported_parameter");
  if (PLAIN_MODEL.test(model) && reasoning?.effort) return unsupported("reasoning.effort");
  if (!REASONING_MODEL.test(model) || reasoning?.effort === "none") return null;
  if (typeof temperature === "number" && temperature !== 1) return unsupported("temperature");
  return typeof topP === "number" && topP !== 1 ? unsupported("top_p") : null;
}

function checkTools({ tools, tool_choice: choice }: ResponsesRequest): Refusal | null {
  if (!choice || choice === "auto" || choice === "none") return null;
  if (tools.length === 0) {
    const message = "Tool choices other than 'auto' or 'none' are only allowed when 'tools' are specified.";
    return invalidRequest(message, "tool_choice");
  }
  if (typeof choice !== "object" || choice.type !== "function" || !("name" in choice)) return null;
  if (tools.some((tool) => tool.type === "function" && tool.name === choice.name)) return null;
  return invalidRequest("Tool choice 'function' not found in 'tools' parameter.", "tool_choice");
}

function checkSchemas({ text, tools }: ResponsesRequest): Refusal | null {
  const format = text?.format;
  if (format?.type === "json_schema" && format.strict === true) {
    const problem = findLoosePart(format.schema);
    const message = `Invalid schema for response_format '${format.name}': ${problem ?? ""}`;
    if (problem !== null) return invalidRequest(message, "text.format.schema", "invalid_json_schema");
  }
  for (const [at, tool] of tools.entries()) {
    if (tool.type !== "function" || !("parameters" in tool) || !("strict" in tool) || tool.strict !== true) continue;
    const problem = findLoosePart(tool.parameters);
    const message = `Invalid schema for function '${tool.name ?? ""}': ${problem ?? ""}`;
    if (problem !== null) return invalidRequest(message, `tools[${at}].parameters`, "invalid_function_parameters");
  }
  return null;
}

/** Every call has its output, every output its call. */
function checkCalls(items: readonly InputItem[]): Refusal | null {
  const idsOf = (type: string) =>
    items.flatMap((item) => (item.type === type && "call_id" in item ? [String(item.call_id)] : []));
  const calls = new Set(idsOf("function_call"));
  const outputs = new Set(idsOf("function_call_output"));
  const stray = [...outputs].find((id) => !calls.has(id));
  if (stray !== undefined) {
    return invalidRequest(`No tool call found for function call output with call_id ${stray}.`, "input");
  }
  const open = [...calls].find((id) => !outputs.has(id));
  return open === undefined ? null : invalidRequest(`No tool output found for function call ${open}.`, "input");
}

function checkSealed(items: readonly InputItem[]): Refusal | null {
  const broken = items.some(
    (item) =>
      item.type === "reasoning" &&
      "encrypted_content" in item &&
      typeof item.encrypted_content === "string" &&
      !isForeignOrTrue(item.encrypted_content),
  );
  if (!broken) return null;
  const message = "The encrypted content could not be verified.";
  return invalidRequest(message, null, "invalid_encrypted_content");
}
