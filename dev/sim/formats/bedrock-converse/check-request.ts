import { invalidRequest, type Refusal } from "../../format.ts";
import { isForeignOrTrue } from "../anthropic-messages/signature.ts";
import { type ConverseMessage, type ConverseRequest, specsOf } from "./request.ts";

const BUDGET_MIN_TOKENS = 1_024;

/** What Converse checks beyond the shape of each member. Null when the request stands. */
export function checkRequest(request: ConverseRequest, model: string): Refusal | null {
  const fault =
    checkRoles(request.messages) ??
    firstOf(request.messages, checkMessage) ??
    checkTurns(request.messages) ??
    checkDocuments(request.messages) ??
    checkTools(request) ??
    checkThinking(request, model);
  return fault === null ? null : invalidRequest(fault);
}

type Fault = string | null;

function firstOf<T>(items: readonly T[], check: (item: T, at: number) => Fault): Fault {
  for (const [at, item] of items.entries()) {
    const fault = check(item, at);
    if (fault !== null) return fault;
  }
  return null;
}

function checkRoles(messages: readonly ConverseMessage[]): Fault {
  if (messages[0]?.role !== "user") {
    return "A conversation must start with a user message. Try again with a conversation that starts with a user message.";
  }
  return firstOf(messages, ({ role }, at) =>
    role === messages[at - 1]?.role
      ? "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again."
      : null,
  );
}

function checkMessage({ content, role }: ConverseMessage, at: number): Fault {
  if (content.length === 0)
    return `The content field in the Message object at messages.${at} is empty. Add a ContentBlock object to the content field and try again.`;
  const hasDocument = content.some(({ document }) => document !== undefined);
  if (hasDocument && !content.some(({ text }) => text !== undefined))
    return "A text block must be included when using documents.";
  return firstOf(content, ({ text, toolResult, toolUse, reasoningContent }, index) => {
    const place = `messages.${at}.content.${index}`;
    if (text !== undefined && text.trim() === "") {
      return `The text field in the ContentBlock object at ${place} is blank. Add text to the text field, and try again.`;
    }
    if (toolUse !== undefined && role !== "assistant")
      return `${place}: toolUse blocks can only be in assistant messages.`;
    if (toolResult !== undefined && role !== "user") return `${place}: toolResult blocks can only be in user messages.`;
    if (toolResult?.status === "error" && toolResult.content.length === 0) {
      return `The content field at ${place}.toolResult cannot be empty when status value is error.`;
    }
    const blank = toolResult?.content.some((inner) => "text" in inner && inner.text.trim() === "") ?? false;
    if (blank)
      return "The model returned the following errors: messages: text content blocks must contain non-whitespace text";
    if (reasoningContent === undefined || !("reasoningText" in reasoningContent)) return null;
    const { text: thought, signature = "" } = reasoningContent.reasoningText;
    if (role === "assistant" && isForeignOrTrue(thought, signature)) return null;
    return `The model returned the following errors: ${place}: Invalid \`signature\` in \`thinking\` block`;
  });
}

/** Each call is answered in the next message, each result answers a call of the one before. */
function checkTurns(messages: readonly ConverseMessage[]): Fault {
  return firstOf(messages, ({ content }, at) => {
    const called = content.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [toolUse.toolUseId]));
    const answered = content.flatMap(({ toolResult }) => (toolResult === undefined ? [] : [toolResult.toolUseId]));
    const before = new Set((messages[at - 1]?.content ?? []).map(({ toolUse }) => toolUse?.toolUseId));
    if (answered.some((id) => !before.has(id))) {
      return `The number of toolResult blocks at messages.${at}.content exceeds the number of toolUse blocks of previous turn.`;
    }
    const after = messages[at + 1];
    const results = new Set((after?.content ?? []).map(({ toolResult }) => toolResult?.toolUseId));
    const missing = called.filter((id) => !results.has(id));
    return after === undefined || missing.length === 0
      ? null
      : `Expected toolResult blocks at messages.${at + 1}.content for the following Ids: ${missing.join(", ")}`;
  });
}

function checkDocuments(messages: readonly ConverseMessage[]): Fault {
  const names = messages.flatMap(({ content }) => content.flatMap(({ document }) => document?.name ?? []));
  return new Set(names).size === names.length
    ? null
    : "Duplicate document names are not allowed. Use a unique name for each document.";
}

function checkTools(request: ConverseRequest): Fault {
  const used = request.messages.some(({ content }) =>
    content.some(({ toolUse, toolResult }) => toolUse !== undefined || toolResult !== undefined),
  );
  if (used && request.toolConfig === undefined) {
    return "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
  }
  const names = specsOf(request).map(({ name }) => name);
  if (new Set(names).size < names.length) return "The toolConfig field contains tools with duplicate names.";
  const choice = request.toolConfig?.toolChoice;
  if (choice === undefined || !("tool" in choice) || names.includes(choice.tool.name)) return null;
  return `The tool '${choice.tool.name}' of the toolChoice field is not in the toolConfig field.`;
}

function checkThinking({ additionalModelRequestFields, inferenceConfig }: ConverseRequest, model: string): Fault {
  const thinking = additionalModelRequestFields?.["thinking"];
  if (typeof thinking !== "object" || thinking === null) return null;
  if (!model.includes("anthropic.claude"))
    return "Malformed input request: extraneous key [thinking] is not permitted, please reformat your input and try again.";
  const budget = "budget_tokens" in thinking ? thinking.budget_tokens : undefined;
  if (typeof budget !== "number") return null;
  if (budget < BUDGET_MIN_TOKENS) {
    return "The model returned the following errors: thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  }
  return inferenceConfig?.maxTokens !== undefined && inferenceConfig.maxTokens <= budget
    ? "The model returned the following errors: `max_tokens` must be greater than `thinking.budget_tokens`."
    : null;
}
