import { z } from "zod";

const DELAY_MAX_MS = 120_000;
const TOKENS_MAX = 200_000;
const USAGE_MAX = 10_000_000;

const whole = (max: number, min = 0) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .optional();
const flag = z
  .enum(["0", "1", "true", "false"])
  .transform((value) => value === "1" || value === "true")
  .optional();

const schema = z.strictObject({
  /** Milliseconds before each chunk but the first. */
  delay: whole(DELAY_MAX_MS),
  /** Milliseconds before the answer begins, its headers included. */
  first: whole(DELAY_MAX_MS),
  /** Output tokens wanted, per choice; the request's maximum still cuts them. */
  tokens: whole(TOKENS_MAX),
  /** Output tokens sent whatever maximum the request named. */
  overrun: whole(TOKENS_MAX),
  /** Sends no output at all: a stream of role, finish and usage. */
  empty: flag,
  /** Hidden reasoning tokens, counted in the output. */
  reasoning: whole(TOKENS_MAX),
  /** How many of the prompt's tokens came from the provider's cache. */
  cached: whole(USAGE_MAX),
  /** How many of the prompt's tokens were written to the provider's cache, where writing is counted. */
  cache_write: whole(USAGE_MAX),
  /** Calls this one of the request's tools. */
  tool: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional(),
  /** Calls so many of the request's tools in one answer, beginning anew when there are fewer. */
  calls: whole(16, 1),
  /** Ends the answer as the provider does when its model or filter refuses. */
  refuse: flag,
  /** Reasoning comes sealed, where the format knows that (`redacted_thinking`). */
  redacted: flag,
  /** Reports so many web searches in the usage. */
  searches: whole(1_000),
  /** Answers with this HTTP status and the provider's own error body. */
  fail: whole(599, 400),
  /** Fails only the first so many requests that carry the same prompt (with `fail`, by default 500). */
  fail_times: whole(1_000, 1),
  /** Seconds, sent as `retry-after` with a failure. */
  retry_after: whole(86_400),
  /** Puts the received key into the error message, as some providers do (with `fail`, by default 401). */
  echo_key: flag,
  /** Refuses the key, whatever it is. */
  bad_key: flag,
  no_usage: flag,
  zero_usage: flag,
  /** Reports this many prompt tokens. */
  usage_input: whole(USAGE_MAX),
  /** Reports this many completion tokens. */
  usage_output: whole(USAGE_MAX),
  no_done: flag,
  /** Sends bytes that are neither JSON nor SSE after so many chunks (alone: at once), and ends. */
  garbage: z
    .string()
    .regex(/^\d{1,6}$/, "must be a whole number")
    .transform(Number)
    .optional(),
  /** Destroys the socket after so many chunks; a body that is not streamed, in its middle. */
  die_after: whole(TOKENS_MAX),
  /** With `die_after`: half of the next chunk is sent before the socket is destroyed. */
  die_inside: flag,
  /** Sends an error in the provider's own shape after so many events of a stream, and ends it. */
  error_after: whole(TOKENS_MAX),
  /** The status that this error is of, 500 unless said. */
  error_status: whole(599, 400),
  /** Destroys the connection before any answer. */
  kill: flag,
  /**
   * Answers 200 with what is not true: absurdly high usage, negative usage, an answer cut in its middle that ends as if it
   * were whole, or well-formed JSON that is no answer.
   */
  lie: z.enum(["usage", "negative", "truncated", "content"]).optional(),
  /** Sends no more after so many chunks and keeps the socket open. */
  stall_after: whole(TOKENS_MAX),
  /** Every byte in a write of its own. */
  split: flag,
  /** Line ends of the stream. */
  crlf: flag,
  cr: flag,
  /** Comments and pings between events. */
  comments: flag,
  /** Sends a recorded file instead, e.g. `openai-chat/openai-text.chunks.txt`. */
  fixture: z
    .string()
    .regex(/^[a-z0-9][\w.-]*(?:\/[a-z0-9][\w.-]*)*\.(?:chunks\.txt|sse|json)$/i, "must be a path below the fixtures")
    .optional(),
});

/** What a request (or the defaults of the whole simulator) asks the simulator to do. */
export type Directives = z.output<typeof schema>;

export type DirectivesResult =
  | { readonly ok: true; readonly directives: Directives }
  | { readonly ok: false; readonly message: string };

const BLOCK = /\[\[sim:([^\]]{0,500})\]\]/g;
/** A flag without a value. `garbage` alone means after no chunk. */
const ALONE: Readonly<Record<string, string>> = { garbage: "0" };

/** Reads every `[[sim: …]]` of the texts; a later word replaces an earlier one. Unknown words are refused, so that a typing mistake fails its test. */
export function parseDirectives(texts: readonly string[]): DirectivesResult {
  const words: Record<string, string> = {};
  for (const text of texts) {
    if (!text.includes("[[sim:")) continue;
    for (const block of text.matchAll(BLOCK)) Object.assign(words, readWords(block[1] ?? ""));
  }
  return check(words);
}

/** Reads directives from outside a prompt: the same words as text, or as an object of name and value. */
export function readDirectives(input: unknown): DirectivesResult {
  if (typeof input === "string") return check(readWords(input));
  const object = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).safeParse(input);
  if (!object.success) return { ok: false, message: "directives must be a text or an object" };
  return check(Object.fromEntries(Object.entries(object.data).map(([name, value]) => [name, String(value)])));
}

function readWords(text: string): Record<string, string> {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      return at < 0 ? [word, ALONE[word] ?? "1"] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

function check(words: Record<string, string>): DirectivesResult {
  const parsed = schema.safeParse(words);
  if (parsed.success) return { ok: true, directives: parsed.data };
  const [issue] = parsed.error.issues;
  return { ok: false, message: `sim directive ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not valid"}` };
}
