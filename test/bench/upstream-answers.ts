import { CHUNK_MARKER } from "./http-connection.ts";

/** What the bench's upstream says: OpenAI's shapes, made once as bytes. */
export const JSON_ANSWER_BYTES = 600;

const ID = "chatcmpl-BenchAnswer00000000000000";
const CREATED = 1_790_000_000;
const MODEL = "gpt-4o-mini-2024-07-18";
const USAGE = {
  prompt_tokens: 78,
  completion_tokens: 42,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};

const WORD = ` tok${CHUNK_MARKER}`;
const HEAD = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n",
);
const LAST = Buffer.from("0\r\n\r\n");
const NOTHING = Buffer.alloc(0);

/** A whole HTTP answer with a JSON body of exactly 600 bytes. */
export function jsonAnswer(): Buffer {
  const withContent = (content: string): string =>
    JSON.stringify({
      id: ID,
      object: "chat.completion",
      created: CREATED,
      model: MODEL,
      choices: [
        { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" },
      ],
      usage: USAGE,
      system_fingerprint: "fp_0000000000",
    });
  const padding = JSON_ANSWER_BYTES - withContent("").length;
  const body = withContent("Please write to the carrier. ".repeat(padding).slice(0, padding));
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\ncontent-length: ${JSON_ANSWER_BYTES}\r\n\r\n${body}`,
  );
}

/** The pieces of a streamed answer, each framed as one HTTP chunk. */
export interface StreamAnswer {
  /** Head and what precedes content, such as the role chunk. */
  readonly start: Buffer;
  readonly content: Buffer;
  readonly finish: Buffer;
  /** The usage chunk of chat completions, for callers that asked for it; empty in formats that report usage unasked. */
  readonly usage: Buffer;
  readonly end: Buffer;
}

export const STREAM_FORMATS = ["openai-chat", "anthropic-messages", "gemini", "openai-responses"] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];

/** The same answer in each format: one word per content chunk, the same usage, the marker in content chunks alone. */
export function streamAnswer(format: StreamFormat = "openai-chat"): StreamAnswer {
  if (format === "anthropic-messages") return messagesStream();
  if (format === "gemini") return geminiStream();
  return format === "openai-responses" ? responsesStream() : chatStream();
}

function chatStream(): StreamAnswer {
  const chunk = (choices: readonly object[], usage?: object): Buffer =>
    frame(
      `data: ${JSON.stringify({ id: ID, object: "chat.completion.chunk", created: CREATED, model: MODEL, system_fingerprint: "fp_0000000000", choices, ...(usage ? { usage } : {}) })}\n\n`,
    );
  const choice = (delta: object, finish: string | null = null) => [
    { index: 0, delta, logprobs: null, finish_reason: finish },
  ];
  return {
    start: Buffer.concat([HEAD, chunk(choice({ role: "assistant", content: "", refusal: null }))]),
    content: chunk(choice({ content: WORD })),
    finish: chunk(choice({}, "stop")),
    usage: chunk([], USAGE),
    end: Buffer.concat([frame("data: [DONE]\n\n"), LAST]),
  };
}

/** Every event carries its name, as Anthropic and OpenAI's responses send it. */
function namedFrame(event: { readonly type: string; readonly [member: string]: unknown }): Buffer {
  return frame(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function messagesStream(): StreamAnswer {
  const message = {
    id: "msg_BenchAnswer0000000000000",
    type: "message",
    role: "assistant",
    model: "claude-haiku-4-5-20251001",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: USAGE.prompt_tokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 1,
      service_tier: "standard",
    },
  };
  const delta = { stop_reason: "end_turn", stop_sequence: null };
  return {
    start: Buffer.concat([
      HEAD,
      namedFrame({ type: "message_start", message }),
      namedFrame({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
      namedFrame({ type: "ping" }),
    ]),
    content: namedFrame({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: WORD } }),
    finish: Buffer.concat([
      namedFrame({ type: "content_block_stop", index: 0 }),
      namedFrame({ type: "message_delta", delta, usage: { output_tokens: USAGE.completion_tokens } }),
    ]),
    usage: NOTHING,
    end: Buffer.concat([namedFrame({ type: "message_stop" }), LAST]),
  };
}

function geminiStream(): StreamAnswer {
  const usageMetadata = {
    promptTokenCount: USAGE.prompt_tokens,
    candidatesTokenCount: USAGE.completion_tokens,
    totalTokenCount: USAGE.total_tokens,
    promptTokensDetails: [{ modality: "TEXT", tokenCount: USAGE.prompt_tokens }],
  };
  const chunk = (text: string, end: object = {}): Buffer =>
    frame(
      `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text }], role: "model" }, ...end, index: 0 }], usageMetadata, modelVersion: "gemini-2.5-flash", responseId: "BenchAnswer0000000000" })}\r\n\r\n`,
    );
  return {
    start: HEAD,
    content: chunk(WORD),
    finish: chunk("", { finishReason: "STOP" }),
    usage: NOTHING,
    end: LAST,
  };
}

function responsesStream(): StreamAnswer {
  let number = 0;
  const event = (type: string, fields: object): Buffer => namedFrame({ type, sequence_number: number++, ...fields });
  const place = { item_id: "msg_BenchAnswer", output_index: 0, content_index: 0 };
  const part = { type: "output_text", annotations: [], logprobs: [], text: "" };
  const item = (status: string, content: readonly object[]): object => ({
    id: place.item_id,
    type: "message",
    status,
    role: "assistant",
    content,
  });
  const response = (status: string, output: readonly object[], usage: object | null): object => ({
    id: "resp_BenchAnswer",
    object: "response",
    created_at: CREATED,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    model: "gpt-5-mini-2025-08-07",
    output,
    parallel_tool_calls: true,
    store: false,
    tools: [],
    usage,
  });
  const usage = {
    input_tokens: USAGE.prompt_tokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: USAGE.completion_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: USAGE.total_tokens,
  };
  const done = item("completed", [part]);
  return {
    start: Buffer.concat([
      HEAD,
      event("response.created", { response: response("in_progress", [], null) }),
      event("response.in_progress", { response: response("in_progress", [], null) }),
      event("response.output_item.added", { output_index: 0, item: item("in_progress", []) }),
      event("response.content_part.added", { ...place, part }),
    ]),
    content: event("response.output_text.delta", { ...place, delta: WORD, logprobs: [], obfuscation: "Zp0aQ4" }),
    // A provider repeats the whole text here. The bench leaves it out: content has a marker, and chunks are counted by it.
    finish: Buffer.concat([
      event("response.output_text.done", { ...place, text: "", logprobs: [] }),
      event("response.content_part.done", { ...place, part }),
      event("response.output_item.done", { output_index: 0, item: done }),
      event("response.completed", { response: response("completed", [done], usage) }),
    ]),
    usage: NOTHING,
    end: LAST,
  };
}

function frame(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}
