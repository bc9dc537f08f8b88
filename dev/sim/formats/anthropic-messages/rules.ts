import type { ContentBlock } from "./blocks.ts";
import type { CountRequest, Message, MessagesRequest } from "./request.ts";
import { isForeignOrTrue } from "./signature.ts";

const CACHE_BREAKPOINTS_MAX = 4;
const TOP_P_WITH_THINKING_MIN = 0.95;

/** The rules that span several fields; the message of the first broken one, or null. */
export function checkTogether(request: CountRequest | MessagesRequest): string | null {
  return (
    checkTools(request) ??
    checkThinking(request) ??
    checkOrder(request) ??
    checkToolResults(request) ??
    checkSignatures(request) ??
    checkBreakpoints(request)
  );
}

export const blocksOf = ({ content }: Pick<Message, "content">): readonly ContentBlock[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

function checkTools({ tools, tool_choice: choice }: CountRequest): string | null {
  const names = (tools ?? []).map(({ name }) => name);
  if (new Set(names).size < names.length) return "tools: Tool names must be unique.";
  if (!choice || choice.type === "none") return null;
  if (names.length === 0) return "tool_choice: may only be specified while providing tools.";
  if (choice.type === "tool" && !names.includes(choice.name)) {
    return `Tool '${choice.name}' not found in provided tools`;
  }
  return null;
}

function checkThinking(request: CountRequest | MessagesRequest): string | null {
  const { thinking, tool_choice: choice } = request;
  if (!thinking || thinking.type === "disabled") return null;
  if (choice?.type === "any" || choice?.type === "tool") {
    return "Thinking may not be enabled when tool_choice forces tool use.";
  }
  if (!("max_tokens" in request)) return null;
  if (thinking.type === "enabled" && request.max_tokens <= thinking.budget_tokens) {
    return "`max_tokens` must be greater than `thinking.budget_tokens`.";
  }
  if ((request.temperature ?? 1) !== 1) return "`temperature` may only be set to 1 when thinking is enabled.";
  if (request.top_k) return "`top_k` must be unset when thinking is enabled.";
  if ((request.top_p ?? 1) < TOP_P_WITH_THINKING_MIN) {
    return "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.";
  }
  const last = request.messages.findLast(({ role }) => role === "assistant");
  const [first] = last === undefined ? [] : blocksOf(last);
  const calls = last !== undefined && blocksOf(last).some(({ type }) => type === "tool_use");
  if (thinking.type === "enabled" && calls && !first?.type.endsWith("thinking")) {
    return `messages: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first?.type ?? ""}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`;
  }
  return null;
}

function checkOrder({ messages }: CountRequest): string | null {
  if (messages[0]?.role === "assistant") return 'messages: first message must use the "user" role';
  for (const [at, message] of messages.entries()) {
    const isLastAssistant = at === messages.length - 1 && message.role === "assistant";
    if (!isLastAssistant && message.content.length === 0) {
      return `messages.${at}: all messages must have non-empty content except for the optional final assistant message`;
    }
    if (!isLastAssistant) continue;
    const end = blocksOf(message).at(-1);
    if (end?.type === "text" && /\s$/.test(end.text)) {
      return "messages: final assistant content cannot end with trailing whitespace";
    }
  }
  return null;
}

/** Each call is answered in the very next turn, before anything else, and nothing else is answered. */
function checkToolResults({ messages }: CountRequest): string | null {
  let open: readonly string[] = [];
  for (const { role, blocks, at } of turnsOf(messages)) {
    const results = blocks.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []));
    const stray = results.find((id) => !open.includes(id));
    if (stray !== undefined) {
      return `messages.${at}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
    }
    const leading = blocks.findIndex(({ type }) => type !== "tool_result");
    const first = new Set(results.slice(0, leading < 0 ? results.length : leading));
    const missing = open.filter((id) => !first.has(id));
    if (missing.length > 0) {
      return `messages.${at - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
    }
    const calls = blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
    if (new Set(calls).size < calls.length) return `messages.${at}: \`tool_use\` ids must be unique`;
    if (calls.length > 0 && role !== "assistant")
      return `messages.${at}: \`tool_use\` blocks can only be in \`assistant\` messages`;
    open = calls;
  }
  if (open.length === 0) return null;
  return `messages.${messages.length - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
}

/** Neighbouring messages of one role are one turn. */
function turnsOf(messages: readonly Message[]) {
  const turns: { role: string; blocks: ContentBlock[]; at: number }[] = [];
  for (const [at, message] of messages.entries()) {
    const last = turns.at(-1);
    if (last?.role === message.role) last.blocks.push(...blocksOf(message));
    else turns.push({ role: message.role, blocks: [...blocksOf(message)], at });
  }
  return turns;
}

function checkSignatures({ messages }: CountRequest): string | null {
  for (const [at, message] of messages.entries()) {
    for (const [index, block] of blocksOf(message).entries()) {
      if (block.type === "thinking" && !isForeignOrTrue(block.thinking, block.signature)) {
        return `messages.${at}.content.${index}: Invalid \`signature\` in \`thinking\` block`;
      }
    }
  }
  return null;
}

function checkBreakpoints(request: CountRequest): string | null {
  const marks = [
    ...(request.tools ?? []),
    ...(typeof request.system === "object" ? (request.system ?? []) : []),
    ...request.messages.flatMap((message) => blocksOf(message)),
    request,
  ].flatMap((block) => ("cache_control" in block && block.cache_control ? [block.cache_control] : []));
  if (marks.length > CACHE_BREAKPOINTS_MAX) {
    return `A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`;
  }
  const lifetimes = marks.map(({ ttl }) => ttl ?? "5m");
  const shortAt = lifetimes.indexOf("5m");
  if (shortAt >= 0 && lifetimes.includes("1h", shortAt)) {
    return "messages: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.";
  }
  return null;
}
