import { createMemberReader, type MemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";
import {
  NO_SAMPLING,
  type OutputFormat,
  type Prompt,
  type PromptTool,
  type ReasoningEffort,
  type ReasoningRequest,
  type TextPart,
  type ToolChoice,
} from "../prompt.ts";
import { CUSTOM_TOOL_SCHEMA } from "./custom-tools.ts";
import { decodeItems } from "./decode-items.ts";
import { isSearchTool, TOOLS_MAXIMUM } from "./read-tools.ts";
import { includes, LOGPROBS, memberOf } from "./read-uses.ts";

const METADATA_MAXIMUM = 64;

const EFFORTS: ReadonlyMap<string, ReasoningEffort> = new Map([
  ["none", "none"],
  ["minimal", "minimal"],
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  ["xhigh", "xhigh"],
  ["max", "xhigh"],
]);

/** A Responses request in no format in particular. The body was checked by `parseResponsesRequest`. Throws AppError `invalid_parameter`. */
export function decodeRequest(body: MemberReader): Prompt {
  const input = body.raw("input");
  const items = Array.isArray(input) ? input : [{ role: "user", content: input }];
  const conversation = decodeItems(items);
  const instructions = body.text("instructions") ?? "";
  const own: readonly TextPart[] = instructions === "" ? [] : [{ type: "text", text: instructions }];
  const tools = (body.list("tools", TOOLS_MAXIMUM) ?? []).flatMap(decodeTool);
  const choice = decodeChoice(body.raw("tool_choice"), tools);
  const text = memberOf(body, "text");
  const topLogprobs = body.count("top_logprobs", 0);
  return {
    system: [...own, ...conversation.system],
    messages: conversation.messages,
    tools: choice.tools,
    toolChoice: choice.choice,
    parallelToolCalls: body.flag("parallel_tool_calls"),
    outputFormat: decodeFormat(text),
    reasoning: decodeReasoning(body),
    sampling: {
      ...NO_SAMPLING,
      temperature: body.number("temperature"),
      topP: body.number("top_p"),
      logprobs: (topLogprobs ?? 0) > 0 || includes(body).includes(LOGPROBS),
      topLogprobs: topLogprobs === 0 ? null : topLogprobs,
    },
    user: body.text("safety_identifier") ?? body.text("user"),
    metadata: decodeMetadata(body.record("metadata")),
    verbosity: decodeVerbosity(text),
  };
}

function decodeTool(tool: unknown, index: number): readonly PromptTool[] {
  const path = `tools[${index}]`;
  const reader = createMemberReader(isRecord(tool) ? tool : {}, path);
  const type = reader.text("type") ?? "";
  // The target's own table says what becomes of a search.
  if (isSearchTool(type)) return [];
  if (type !== "function" && type !== "custom") {
    throw invalidParameter(`${path}.type`, "is a tool that only OpenAI's models know.");
  }
  const name = reader.text("name");
  if (name === null) throw invalidParameter(`${path}.name`, "is required and must be a string.");
  const description = reader.text("description");
  if (type === "function") {
    return [{ name, description, schema: reader.record("parameters"), strict: reader.flag("strict") }];
  }
  const format = createMemberReader(reader.record("format") ?? {}, `${path}.format`).text("type") ?? "text";
  if (format !== "text") throw invalidParameter(`${path}.format`, "must be text for this model: it knows no grammars.");
  return [{ name, description, schema: CUSTOM_TOOL_SCHEMA, strict: null }];
}

interface DecodedChoice {
  readonly choice: ToolChoice | null;
  readonly tools: readonly PromptTool[];
}

/** `allowed_tools` is a shorter list of tools, which every format can say. */
function decodeChoice(raw: unknown, tools: readonly PromptTool[]): DecodedChoice {
  if (raw === undefined || raw === null) return { choice: null, tools };
  if (raw === "auto" || raw === "none" || raw === "required") return { choice: { type: raw }, tools };
  const reader = createMemberReader(isRecord(raw) ? raw : {}, "tool_choice");
  const type = reader.text("type");
  const name = reader.text("name");
  if ((type === "function" || type === "custom") && name !== null) return { choice: { type: "tool", name }, tools };
  if (type === "allowed_tools") {
    const allowed = new Set(
      (reader.list("tools", TOOLS_MAXIMUM) ?? []).map((tool) => (isRecord(tool) ? tool["name"] : null)),
    );
    const choice = { type: reader.text("mode") === "required" ? "required" : "auto" } as const;
    return { choice, tools: tools.filter((tool) => allowed.has(tool.name)) };
  }
  throw invalidParameter("tool_choice", "must be auto, none, required, a function by its name, or allowed_tools.");
}

function decodeFormat(text: MemberReader): OutputFormat | null {
  const record = text.record("format");
  if (!record) return null;
  const format = createMemberReader(record, "text.format");
  const type = format.text("type");
  if (type === "text") return null;
  if (type === "json_object") return { type: "json" };
  const schema = format.record("schema");
  if (type !== "json_schema" || !schema) {
    throw invalidParameter("text.format", "must be text, json_object, or json_schema with a schema.");
  }
  return {
    type: "json_schema",
    name: format.text("name") ?? "response",
    description: format.text("description"),
    schema,
    strict: format.flag("strict"),
  };
}

function decodeReasoning(body: MemberReader): ReasoningRequest | null {
  if (!body.record("reasoning")) return null;
  const reasoning = memberOf(body, "reasoning");
  const name = reasoning.text("effort");
  const effort = name === null ? null : (EFFORTS.get(name) ?? null);
  if (name !== null && effort === null) {
    throw invalidParameter("reasoning.effort", "must be one of none, minimal, low, medium, high, xhigh.");
  }
  const shows = reasoning.text("summary") ?? reasoning.text("generate_summary");
  return { effort, budgetTokens: null, show: shows === null ? null : true };
}

function decodeMetadata(metadata: Readonly<Record<string, unknown>> | null): Readonly<Record<string, string>> | null {
  const entries = Object.entries(metadata ?? {}).slice(0, METADATA_MAXIMUM);
  const texts = entries.flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : []));
  return texts.length === 0 ? null : Object.fromEntries(texts);
}

function decodeVerbosity(text: MemberReader): Prompt["verbosity"] {
  const verbosity = text.text("verbosity");
  if (verbosity === null || verbosity === "low" || verbosity === "medium" || verbosity === "high") return verbosity;
  throw invalidParameter("text.verbosity", "must be one of low, medium, high.");
}
