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
  /** Head and the role chunk, which holds no content. */
  readonly start: Buffer;
  readonly content: Buffer;
  readonly finish: Buffer;
  /** The usage chunk, for callers that asked for it. */
  readonly usage: Buffer;
  readonly end: Buffer;
}

export function streamAnswer(): StreamAnswer {
  const chunk = (choices: readonly object[], usage?: object): Buffer =>
    frame(
      `data: ${JSON.stringify({ id: ID, object: "chat.completion.chunk", created: CREATED, model: MODEL, system_fingerprint: "fp_0000000000", choices, ...(usage ? { usage } : {}) })}\n\n`,
    );
  const choice = (delta: object, finish: string | null = null) => [
    { index: 0, delta, logprobs: null, finish_reason: finish },
  ];
  const head = Buffer.from(
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n",
  );
  return {
    start: Buffer.concat([head, chunk(choice({ role: "assistant", content: "", refusal: null }))]),
    content: chunk(choice({ content: ` tok${CHUNK_MARKER}` })),
    finish: chunk(choice({}, "stop")),
    usage: chunk([], USAGE),
    end: Buffer.concat([frame("data: [DONE]\n\n"), Buffer.from("0\r\n\r\n")]),
  };
}

function frame(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}
