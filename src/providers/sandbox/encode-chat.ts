import type { SandboxChat } from "./read-chat.ts";

type Delta = Readonly<Record<string, unknown>>;

/** The whole completion in OpenAI's shape. */
export function encodeCompletion(chat: SandboxChat, id: string, createdSeconds: number): string {
  const text = chat.tokens.join("");
  const message =
    chat.toolName === null
      ? { role: "assistant", content: text, refusal: null }
      : { role: "assistant", content: null, tool_calls: [toolCall(chat.toolName, text, 0)], refusal: null };
  const choices = Array.from({ length: chat.choices }, (_, index) => ({
    index,
    message,
    logprobs: null,
    finish_reason: chat.finish,
  }));
  return JSON.stringify({
    id,
    object: "chat.completion",
    created: createdSeconds,
    model: chat.model,
    choices,
    usage: usageOf(chat),
  });
}

/** The stream's events one after the other, framed, `[DONE]` last. Lazy: an unread stream costs nothing. */
export function* encodeChunks(chat: SandboxChat, id: string, createdSeconds: number): Generator<string> {
  const head = { id, object: "chat.completion.chunk", created: createdSeconds, model: chat.model };
  const tail = chat.includeUsage ? { usage: null } : {};
  const frame = (index: number, delta: Delta, finish: string | null) => {
    const choices = [{ index, delta, logprobs: null, finish_reason: finish }];
    return `data: ${JSON.stringify({ ...head, choices, ...tail })}\n\n`;
  };
  for (const [delta, finish] of deltas(chat)) {
    for (let index = 0; index < chat.choices; index++) yield frame(index, delta, finish);
  }
  if (chat.includeUsage) yield `data: ${JSON.stringify({ ...head, choices: [], usage: usageOf(chat) })}\n\n`;
  yield "data: [DONE]\n\n";
}

function* deltas(chat: SandboxChat): Generator<readonly [Delta, string | null]> {
  if (chat.toolName === null) {
    yield [{ role: "assistant", content: "", refusal: null }, null];
    for (const token of chat.tokens) yield [{ content: token }, null];
  } else {
    const call = { index: 0, ...toolCall(chat.toolName, "", 0) };
    yield [{ role: "assistant", content: null, tool_calls: [call], refusal: null }, null];
    for (const token of chat.tokens) {
      yield [{ tool_calls: [{ index: 0, function: { arguments: token } }] }, null];
    }
  }
  yield [{}, chat.finish];
}

const toolCall = (name: string, text: string, at: number) => ({
  id: `call_sandbox_${at}`,
  type: "function",
  function: { name, arguments: text },
});

function usageOf({ promptTokens, completionTokens }: SandboxChat) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}
