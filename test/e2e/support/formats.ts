import { z } from "zod";
import { expect } from "vitest";
import { ERRORS, type ErrorCode } from "#kernel";
import type { Answer } from "./client.ts";

/** One way to ask for text, as its own clients do, and where its errors say what. */
export interface Format {
  readonly name: "chat completions" | "responses" | "messages" | "generateContent";
  /** A model of that format's own maker. */
  readonly model: string;
  readonly path: (model: string, stream: boolean) => string;
  readonly body: (model: string, prompt: string, stream: boolean, maximum?: number) => object;
  /** Reads an error's body, whole or as the last event of a stream. */
  readonly readError: (body: unknown) => FormatError;
}

export interface FormatError {
  readonly code: string;
  readonly message: string;
  /** Its kind, in the format's own words. */
  readonly kind: string;
  readonly requestId: string;
}

const openAiError = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string(),
    code: z.string(),
    param: z.string().nullable(),
  }),
  request_id: z.string(),
});
const responsesError = z.object({ type: z.literal("error"), code: z.string(), message: z.string().min(1) });
const hasError = z.object({ error: z.object({}) });
const isError = z.object({ type: z.literal("error") });
const anthropicError = z.strictObject({
  type: z.literal("error"),
  error: z.strictObject({ type: z.string(), message: z.string().min(1), code: z.string() }),
  request_id: z.string(),
});
const geminiError = z.strictObject({
  error: z.strictObject({
    code: z.int(),
    message: z.string().min(1),
    status: z.string(),
    details: z.tuple([
      z.object({ reason: z.string(), domain: z.string(), metadata: z.object({ request_id: z.string() }) }),
    ]),
  }),
});

const readOpenAi = (body: unknown): FormatError => {
  const { error, request_id } = openAiError.parse(body);
  return { code: error.code, message: error.message, kind: error.type, requestId: request_id };
};

const max = (name: string, maximum: number | undefined) => (maximum === undefined ? {} : { [name]: maximum });

export const FORMATS: readonly Format[] = [
  {
    name: "chat completions",
    model: "openai/gpt-4o-mini",
    path: () => "/v1/chat/completions",
    body: (model, prompt, stream, maximum) => ({
      model,
      stream,
      ...max("max_completion_tokens", maximum),
      messages: [{ role: "user", content: prompt }],
    }),
    readError: readOpenAi,
  },
  {
    name: "responses",
    model: "openai/gpt-4o-mini",
    path: () => "/v1/responses",
    body: (model, prompt, stream, maximum) => ({ model, stream, input: prompt, ...max("max_output_tokens", maximum) }),
    readError: readOpenAi,
  },
  {
    name: "messages",
    model: "anthropic/claude-haiku-4-5-20251001",
    path: () => "/v1/messages",
    body: (model, prompt, stream, maximum = 256) => ({
      model,
      stream,
      max_tokens: maximum,
      messages: [{ role: "user", content: prompt }],
    }),
    readError: (body) => {
      const { error, request_id } = anthropicError.parse(body);
      return { code: error.code, message: error.message, kind: error.type, requestId: request_id };
    },
  },
  {
    name: "generateContent",
    model: "google/gemini-2.5-flash",
    path: (model, stream) => `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: (_model, prompt, _stream, maximum) => ({
      contents: [{ role: "user", parts: [{ text: prompt }] }],
      ...(maximum === undefined ? {} : { generationConfig: { maxOutputTokens: maximum } }),
    }),
    readError: (body) => {
      const { error } = geminiError.parse(body);
      const [info] = error.details;
      return { code: info.reason, message: error.message, kind: error.status, requestId: info.metadata.request_id };
    },
  },
];

/** Expects the code's status and retry rule, said in the format's own shape, with the call's id. */
export function expectFormatError(format: Format, answer: Answer, code: ErrorCode): FormatError {
  const error = format.readError(JSON.parse(answer.text));
  expect({ status: answer.status, code: error.code }).toEqual({ status: ERRORS[code].status, code });
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect([error.requestId, answer.headers.get("request-id")]).toEqual([answer.id, answer.id]);
  return error;
}

/** Code of the error that ends a stream; null where it ends well. */
export function streamErrorOf({ name, readError }: Format, text: string): string | null {
  const events = text
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line): unknown => JSON.parse(line.slice("data: ".length)));
  const errors = events.filter((event) => z.union([hasError, isError]).safeParse(event).success);
  if (errors.length === 0) return null;
  expect(errors).toHaveLength(1);
  const [error] = errors;
  return name === "responses" ? responsesError.parse(error).code : readError(error).code;
}
