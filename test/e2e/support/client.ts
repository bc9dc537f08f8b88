import OpenAI from "openai";
import { z } from "zod";
import { expect } from "vitest";
import type { ErrorCode } from "#kernel";
import { ERRORS } from "#kernel";

export const LIVE_MODEL = "openai/gpt-4o-mini";

/** The official client, unmodified; it retries nothing unless a test says so. */
export function openAi(baseURL: string, apiKey: string, options: { readonly maxRetries?: number } = {}): OpenAI {
  return new OpenAI({ baseURL, apiKey, maxRetries: options.maxRetries ?? 0 });
}

export interface CallOptions {
  readonly key?: string | null;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Our id for the call. */
  readonly id: string;
}

/** One plain request, its whole answer read. A body that is not a string is sent as JSON. */
export async function call(url: string, body: unknown, options: CallOptions = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: options.method ?? "POST",
    headers: {
      ...(options.key === undefined || options.key === null ? {} : { authorization: `Bearer ${options.key}` }),
      ...(body === null ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(body === null ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const { status, headers } = response;
  return { status, headers, text: await response.text(), id: headers.get("x-request-id") ?? "" };
}

/** A chat body with one user message. */
export function chat(content: string, fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { model: LIVE_MODEL, messages: [{ role: "user", content }], ...fields };
}

const errorBody = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string(),
    code: z.string(),
    param: z.string().nullable(),
  }),
  request_id: z.string(),
});

const SDK_WAIT_MAX_MS = 60_000;

export interface ExpectedError {
  readonly param?: string;
  /** Whether a wait must be named; by default it must not. */
  readonly retryAfter?: boolean;
  readonly message?: RegExp;
}

/** Expects the table's status, type and retry rule in OpenAI's shape, with one request id in all three places. */
export function expectError(answer: Answer, code: ErrorCode, expected: ExpectedError = {}): void {
  const row = ERRORS[code];
  const parsed = errorBody.parse(JSON.parse(answer.text));
  expect({ status: answer.status, code: parsed.error.code, type: parsed.error.type }).toEqual({
    status: row.status,
    code,
    type: row.type,
  });
  expect(parsed.error.param).toBe(expected.param ?? null);
  if (expected.message) expect(parsed.error.message).toMatch(expected.message);
  expect(answer.headers.get("content-type")).toBe("application/json");
  // The SDKs wait for a minute at most: told of more they would try again at once, and are told not to.
  const waitMs = Number(answer.headers.get("retry-after-ms") ?? "0");
  expect(answer.headers.get("x-should-retry")).toBe(String(row.retry && waitMs <= SDK_WAIT_MAX_MS));
  expect(answer.headers.get("retry-after") !== null).toBe(expected.retryAfter ?? false);
  expect(answer.id).toMatch(/^gen_/);
  expect([parsed.request_id, answer.headers.get("request-id")]).toEqual([answer.id, answer.id]);
}

/** The `data` of every event of a stream of ours (LF line ends). */
export function eventsOf(text: string): string[] {
  return text
    .split("\n\n")
    .filter((block) => block.startsWith("data: "))
    .map((block) => block.slice("data: ".length));
}
