import {
  ANSWER_MAX_CHARACTERS,
  ANSWER_MAX_TOKENS,
  beyond,
  beyondContext,
  CHOICES_MAX,
  CONTEXT_MAX_TOKENS,
  type Refusal,
  SCHEMA_MAX_PROPERTIES,
  TOOL_NAME_MAX_CHARACTERS,
} from "./bounds.ts";
import { countOf, type Fields, fieldsOf, itemsOf, textOf } from "./json-fields.ts";
import { sampleSchema } from "./sample-schema.ts";
import { countTokens, loremTokens, takeTokens, type TakenTokens } from "./sandbox-tokens.ts";

/** What `lorem` writes when the request names no maximum. */
const LOREM_DEFAULT_TOKENS = 64;
const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_IMAGE = 85;
const ARGUMENT_MAX_CHARACTERS = 200;

/** A chat request as the sandbox understands it, with its answer already decided: every choice is the same. */
export interface SandboxChat {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly choices: number;
  readonly toolName: string | null;
  /** The visible text, or the tool call's arguments. */
  readonly tokens: readonly string[];
  readonly finish: "stop" | "length" | "tool_calls";
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly lastUserText: string;
}

/** Reads a request that the gateway has checked; what is missing or odd counts as absent. */
export function readChat(body: Fields, model: string): { readonly ok: true; readonly chat: SandboxChat } | Refusal {
  const messages = itemsOf(body["messages"]).map(fieldsOf);
  const promptTokens = countPrompt(messages);
  if (promptTokens > CONTEXT_MAX_TOKENS) return beyondContext("messages");
  const toolName = requiredTool(body);
  if (toolName !== null && toolName.length > TOOL_NAME_MAX_CHARACTERS) {
    return beyond("invalid_tool_name", "tool_choice", `A name has at most ${TOOL_NAME_MAX_CHARACTERS} characters.`);
  }
  const lastUserText = readText(messages.findLast((message) => message["role"] === "user")?.["content"]);
  const written = writeAnswer(body, model, toolName, lastUserText);
  if ("ok" in written) return written;
  const { tokens, isCut } = written;
  const choices = readChoices(body);
  const nameTokens = toolName === null ? 0 : countTokens(toolName, TOOL_NAME_MAX_CHARACTERS);
  const chat: SandboxChat = {
    model: textOf(body["model"]) ?? model,
    stream: body["stream"] === true,
    includeUsage: fieldsOf(body["stream_options"])["include_usage"] === true,
    choices,
    toolName,
    tokens,
    finish: isCut ? "length" : toolName === null ? "stop" : "tool_calls",
    promptTokens,
    completionTokens: choices * (tokens.length + nameTokens),
    lastUserText,
  };
  return { ok: true, chat };
}

const readChoices = (body: Fields) => Math.min(countOf(body["n"]) ?? 1, CHOICES_MAX);

/** One choice's tokens. What an answer may weigh is shared among its choices. */
function writeAnswer(body: Fields, model: string, toolName: string | null, text: string): TakenTokens | Refusal {
  const maximum = countOf(body["max_completion_tokens"]) ?? countOf(body["max_tokens"]);
  const choices = readChoices(body);
  const room = Math.min(maximum ?? ANSWER_MAX_TOKENS, Math.floor(ANSWER_MAX_TOKENS / choices));
  const take = (whole: string) => takeTokens(whole, room, Math.floor(ANSWER_MAX_CHARACTERS / choices));
  const short = text.slice(0, ARGUMENT_MAX_CHARACTERS);
  const schema = requiredSchema(body, toolName);
  if (schema !== null) {
    const sample = sampleSchema(schema.value, short);
    if (sample !== null) return take(sample);
    return beyond("schema_too_large", schema.param, `A schema has at most ${SCHEMA_MAX_PROPERTIES} properties.`);
  }
  if (fieldsOf(body["response_format"])["type"] === "json_object") return take(JSON.stringify({ text: short }));
  if (model === "echo") return take(text);
  return { tokens: loremTokens(Math.min(maximum ?? LOREM_DEFAULT_TOKENS, room)), isCut: maximum !== null };
}

/** The schema that the answer must fit: the demanded tool's parameters, or the format's. */
function requiredSchema(body: Fields, toolName: string | null) {
  if (toolName !== null) {
    const tools = itemsOf(body["tools"]).map(functionOf);
    const parameters = tools.find(({ name }) => name === toolName)?.["parameters"];
    return { param: "tools", value: { ...fieldsOf(parameters), type: "object" } };
  }
  const format = fieldsOf(body["response_format"]);
  if (format["type"] !== "json_schema") return null;
  return { param: "response_format", value: fieldsOf(format["json_schema"])["schema"] };
}

/** The tool that `tool_choice` demands: the named one, or the first when any will do. */
function requiredTool(body: Fields): string | null {
  const choice = body["tool_choice"];
  if (choice === "required") return textOf(functionOf(itemsOf(body["tools"])[0])["name"]);
  return textOf(functionOf(choice)["name"]);
}

const functionOf = (tool: unknown): Fields => fieldsOf(fieldsOf(tool)["function"]);

/** Stops counting above the context. */
function countPrompt(messages: readonly Fields[]): number {
  let sum = 0;
  for (const { content } of messages) {
    if (sum > CONTEXT_MAX_TOKENS) return sum;
    const images = itemsOf(content).filter((part) => fieldsOf(part)["type"] === "image_url").length;
    sum += TOKENS_PER_MESSAGE + images * TOKENS_PER_IMAGE + countTokens(readText(content), CONTEXT_MAX_TOKENS);
  }
  return sum;
}

function readText(content: unknown): string {
  const parts = itemsOf(content).map((part) => textOf(fieldsOf(part)["text"]) ?? "");
  return textOf(content) ?? parts.join("");
}
