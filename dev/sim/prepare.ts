import type { Steering } from "./defaults.ts";
import { type Directives, parseDirectives } from "./directives.ts";
import { type Answer, type Call, type Format, invalidRequest, type Refusal } from "./format.ts";
import { lieAboutUsage } from "./lies.ts";
import { seedOf } from "./text.ts";

/** Everything about a request that depends on its bytes and the defaults alone. */
export interface Prepared {
  readonly directives: Directives;
  readonly answer: Answer;
  readonly promptTokens: number;
  /** Equal for requests that carry the same prompt, whatever else differs. */
  readonly promptKey: string;
}

/** A request's body: JSON text, or what its format read from the bytes. */
export type Input = { readonly text: string } | { readonly parsed: unknown };

const CACHED_MAX = 512;
const CACHED_BODY_MAX_CHARACTERS = 16_384;

/** Prepares requests, and keeps the work for repeated ones: load tests send the same few bodies over and over. */
export class Preparer {
  readonly #cache = new Map<string, Prepared>();

  /** `path` is the whole one as received, with its query. */
  prepare(format: Format, path: string, input: Input, call: Call, steering: Steering): Prepared {
    if (!("text" in input)) return prepareAnswer(format, input, call, steering).prepared;
    const key = `${steering.fault === null ? "" : "!"}${call.provider} ${path} ${input.text}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const { prepared, changing } = prepareAnswer(format, input, call, steering);
    if (!changing && key.length <= CACHED_BODY_MAX_CHARACTERS) {
      // Starting over when full is enough: what a load test repeats is back after one request.
      if (this.#cache.size >= CACHED_MAX) this.#cache.clear();
      this.#cache.set(key, prepared);
    }
    return prepared;
  }

  /** Must be called when the defaults or faults change. */
  forget(): void {
    this.#cache.clear();
  }
}

function prepareAnswer(format: Format, input: Input, call: Call, { defaults, fault }: Steering) {
  const known = { ...defaults, ...fault };
  const refuse = (refusal: Refusal, promptKey: string) => ({
    changing: false,
    prepared: { directives: known, answer: { kind: "refusal" as const, refusal }, promptTokens: 0, promptKey },
  });
  const body = "text" in input ? parseBody(format, input.text) : { ok: true as const, value: input.parsed };
  const wholeText = "text" in input ? input.text : "";
  if (!body.ok) return refuse(invalidRequest("We could not parse the JSON body of your request."), wholeText);
  const read = format.read(body.value, call);
  if (!read.ok) return refuse(read.refusal, wholeText);
  const parsed = parseDirectives(read.texts);
  if (!parsed.ok) return refuse(invalidRequest(parsed.message, "messages"), wholeText);
  const directives = lieAboutUsage({ ...defaults, ...parsed.directives, ...fault });
  const promptKey = read.texts.join("\n");
  const answer = read.answer(directives, seedOf(promptKey));
  return {
    changing: read.changing ?? false,
    prepared: { directives, answer, promptTokens: read.promptTokens, promptKey },
  };
}

function parseBody(
  format: Format,
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  if (format.method === "GET") return { ok: true, value: null };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
