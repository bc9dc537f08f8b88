import { type Directives, type DirectivesResult, readDirectives } from "./directives.ts";
import { PROVIDERS } from "./providers.ts";

/** Directives that apply to every request without one of its own: for all providers, or for one of them. */
export class Defaults {
  readonly #set = new Map<string, Directives>();

  /** `directives` as in a prompt, or as an object; empty takes them back. An unknown provider is refused. */
  configure(directives: unknown, provider: string | null): DirectivesResult {
    if (provider !== null && !PROVIDERS.has(provider))
      return { ok: false, message: `there is no provider '${provider}'` };
    const read = readDirectives(directives);
    if (read.ok) this.#set.set(provider ?? ALL, read.directives);
    return read;
  }

  for(provider: string): Directives {
    return { ...this.#set.get(ALL), ...this.#set.get(provider) };
  }

  describe(): Readonly<Record<string, Directives>> {
    return Object.fromEntries(this.#set);
  }

  reset(): void {
    this.#set.clear();
  }
}

const ALL = "*";
