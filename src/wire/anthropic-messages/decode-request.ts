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
import { cacheOf, decodeMessages, decodeTexts } from "./decode-blocks.ts";
import { TOOLS_MAXIMUM } from "./read-tools.ts";

const MESSAGES_MAXIMUM = 100_000;
const STOPS_MAXIMUM = 64;
/** Anthropic's output format has no name, and others want one. */
const OUTPUT_NAME = "output";

const EFFORTS: ReadonlyMap<string, ReasoningEffort> = new Map([
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  ["xhigh", "xhigh"],
  ["max", "xhigh"],
]);

/** A request of Anthropic's in no format in particular. The body was checked by `parseAnthropicRequest`. Throws AppError `invalid_parameter`. */
export function decodeRequest(body: MemberReader): Prompt {
  const choice = member(body, "tool_choice");
  const disableParallel = choice?.flag("disable_parallel_tool_use") ?? null;
  return {
    system: decodeSystem(body.raw("system")),
    messages: decodeMessages(body.list("messages", MESSAGES_MAXIMUM) ?? []),
    tools: (body.list("tools", TOOLS_MAXIMUM) ?? []).map((tool, index) => decodeTool(tool, `tools[${index}]`)),
    toolChoice: choice && decodeChoice(choice),
    parallelToolCalls: disableParallel === null ? null : !disableParallel,
    outputFormat: decodeFormat(body),
    reasoning: decodeReasoning(body),
    sampling: {
      ...NO_SAMPLING,
      temperature: body.number("temperature"),
      topP: body.number("top_p"),
      topK: body.count("top_k", 0),
      stop: body.texts("stop_sequences", STOPS_MAXIMUM) ?? [],
    },
    user: member(body, "metadata")?.text("user_id") ?? null,
    metadata: null,
    verbosity: null,
  };
}

function decodeSystem(system: unknown): readonly TextPart[] {
  if (system === undefined || system === null || system === "") return [];
  return decodeTexts(system, "system");
}

function decodeTool(tool: unknown, path: string): PromptTool {
  const reader = createMemberReader(isRecord(tool) ? tool : {}, path);
  if ((reader.text("type") ?? "custom") !== "custom") {
    throw invalidParameter(`${path}.type`, "is a tool that only Anthropic's models know.");
  }
  return {
    name: reader.text("name") ?? "",
    description: reader.text("description"),
    schema: reader.record("input_schema"),
    strict: reader.flag("strict"),
    cache: cacheOf(reader),
  };
}

function decodeChoice(choice: MemberReader): ToolChoice {
  const type = choice.text("type");
  if (type === "auto" || type === "none") return { type };
  if (type === "any") return { type: "required" };
  const name = choice.text("name");
  if (type === "tool" && name !== null) return { type: "tool", name };
  throw invalidParameter("tool_choice", "must be one of auto, any, none, or tool with its name.");
}

function decodeFormat(body: MemberReader): OutputFormat | null {
  const record = member(body, "output_config")?.record("format");
  if (!record) return null;
  const format = createMemberReader(record, "output_config.format");
  const schema = format.record("schema");
  if (format.text("type") !== "json_schema" || !schema) {
    throw invalidParameter("output_config.format", "must be of type json_schema, with a schema.");
  }
  return { type: "json_schema", name: OUTPUT_NAME, description: null, schema, strict: null };
}

/** Thinking that nobody sized (`adaptive`) is the target's default. */
function decodeReasoning(body: MemberReader): ReasoningRequest | null {
  const effortName = member(body, "output_config")?.text("effort") ?? null;
  const effort = effortName === null ? null : (EFFORTS.get(effortName) ?? null);
  if (effortName !== null && effort === null) {
    throw invalidParameter("output_config.effort", "must be one of low, medium, high, xhigh, max.");
  }
  const thinking = member(body, "thinking");
  if (!thinking) return effort && { effort, budgetTokens: null, show: null };
  const show = thinking.text("display") !== "omitted";
  switch (thinking.text("type") ?? "") {
    case "disabled":
      return { effort: "none", budgetTokens: null, show: null };
    case "between_tools":
      return { effort: "minimal", budgetTokens: null, show };
    case "adaptive":
      return { effort, budgetTokens: null, show };
    case "enabled":
      return { effort, budgetTokens: thinking.count("budget_tokens"), show };
    default:
      throw invalidParameter("thinking.type", "must be one of enabled, adaptive, disabled, between_tools.");
  }
}

/** A member that is an object, as a reader of its own. */
export function member(body: MemberReader, name: string): MemberReader | null {
  const record = body.record(name);
  return record && createMemberReader(record, name);
}
