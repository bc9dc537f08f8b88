import { type Directives, parseDirectives } from "./directives.ts";
import { type Answer, type Format, invalidRequest, type Refusal } from "./format.ts";
import type { Provider } from "./providers.ts";
import { seedOf } from "./text.ts";

/** Everything about a request that depends on its bytes and the defaults alone. */
export interface Prepared {
  readonly directives: Directives;
  readonly answer: Answer;
  readonly promptTokens: number;
  /** Equal for requests that carry the same prompt, whatever else differs. */
  readonly promptKey: string;
}

const CACHED_MAX = 512;
const CACHED_BODY_MAX_CHARACTERS = 16_384;

/** Prepares requests, and keeps the work for repeated ones: load tests send the same few bodies over and over. */
export class Preparer {
  readonly #cache = new Map<string, Prepared>();

  prepare(provider: Provider, format: Format, text: string, defaults: Directives): Prepared {
    const key = `${provider.name} ${format.path} ${text}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const prepared = prepareAnswer(provider, format, text, defaults);
    if (text.length <= CACHED_BODY_MAX_CHARACTERS) {
      // Starting over when full is enough: what a load test repeats is back after one request.
      if (this.#cache.size >= CACHED_MAX) this.#cache.clear();
      this.#cache.set(key, prepared);
    }
    return prepared;
  }

  /** Must be called when the defaults change. */
  forget(): void {
    this.#cache.clear();
  }
}

function prepareAnswer(provider: Provider, format: Format, text: string, defaults: Directives): Prepared {
  const refuse = (refusal: Refusal): Prepared => ({
    directives: defaults,
    answer: { kind: "refusal", refusal },
    promptTokens: 0,
    promptKey: text,
  });
  const body = parseJson(text);
  if (!body.ok) return refuse(invalidRequest("We could not parse the JSON body of your request."));
  const read = format.read(body.value, provider);
  if (!read.ok) return refuse(read.refusal);
  const parsed = parseDirectives(read.texts);
  if (!parsed.ok) return refuse(invalidRequest(parsed.message, "messages"));
  const directives = { ...defaults, ...parsed.directives };
  const promptKey = read.texts.join("\n");
  const answer = read.answer(directives, seedOf(promptKey));
  return { directives, answer, promptTokens: read.promptTokens, promptKey };
}

function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
