import { countOf, type Fields, fieldsOf, itemsOf, textOf } from "./json-fields.ts";
import { sampleSchema } from "./sample-schema.ts";
import { countTokens, loremTokens, splitTokens } from "./sandbox-tokens.ts";

/** The most that a sandbox model writes per choice. */
const OUTPUT_MAX_TOKENS = 16_384;
/** What `lorem` writes when the request names no maximum. */
const LOREM_DEFAULT_TOKENS = 64;
const CHOICES_MAX = 128;
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
export function readChat(body: Fields, model: string): SandboxChat {
  const messages = itemsOf(body["messages"]).map(fieldsOf);
  const lastUserText = readText(messages.findLast((message) => message["role"] === "user")?.["content"]);
  const maximum = countOf(body["max_completion_tokens"]) ?? countOf(body["max_tokens"]);
  const room = Math.min(maximum ?? OUTPUT_MAX_TOKENS, OUTPUT_MAX_TOKENS);
  const toolName = requiredTool(body);
  const wanted = wantedTokens(body, model, toolName, lastUserText, maximum);
  const tokens = wanted.slice(0, room);
  const choices = Math.min(countOf(body["n"]) ?? 1, CHOICES_MAX);
  const isCut = wanted.length > room || (model === "lorem" && maximum !== null && toolName === null);
  return {
    model: textOf(body["model"]) ?? model,
    stream: body["stream"] === true,
    includeUsage: fieldsOf(body["stream_options"])["include_usage"] === true,
    choices,
    toolName,
    tokens,
    finish: isCut ? "length" : toolName === null ? "stop" : "tool_calls",
    promptTokens: messages.reduce((sum, message) => sum + countMessage(message), 0),
    completionTokens: choices * (tokens.length + (toolName === null ? 0 : countTokens(toolName))),
    lastUserText,
  };
}

function wantedTokens(body: Fields, model: string, toolName: string | null, text: string, maximum: number | null) {
  const short = text.slice(0, ARGUMENT_MAX_CHARACTERS);
  if (toolName !== null) {
    const tool = fieldsOf(
      itemsOf(body["tools"])
        .map(functionOf)
        .find((tool) => tool["name"] === toolName),
    );
    return splitTokens(JSON.stringify(fieldsOf(sampleSchema(tool["parameters"], short))));
  }
  const format = fieldsOf(body["response_format"]);
  if (format["type"] === "json_schema") {
    return splitTokens(JSON.stringify(sampleSchema(fieldsOf(format["json_schema"])["schema"], short)));
  }
  if (format["type"] === "json_object") return splitTokens(JSON.stringify({ text: short }));
  if (model === "echo") return splitTokens(text);
  return loremTokens(Math.min(maximum ?? LOREM_DEFAULT_TOKENS, OUTPUT_MAX_TOKENS));
}

/** The tool that `tool_choice` demands: the named one, or the first when any will do. */
function requiredTool(body: Fields): string | null {
  const choice = body["tool_choice"];
  if (choice === "required") return textOf(functionOf(itemsOf(body["tools"])[0])["name"]);
  return textOf(functionOf(choice)["name"]);
}

const functionOf = (tool: unknown): Fields => fieldsOf(fieldsOf(tool)["function"]);

function countMessage(message: Fields): number {
  const images = itemsOf(message["content"]).filter((part) => fieldsOf(part)["type"] === "image_url").length;
  return TOKENS_PER_MESSAGE + countTokens(readText(message["content"])) + images * TOKENS_PER_IMAGE;
}

function readText(content: unknown): string {
  const parts = itemsOf(content).map((part) => textOf(fieldsOf(part)["text"]) ?? "");
  return textOf(content) ?? parts.join("");
}
