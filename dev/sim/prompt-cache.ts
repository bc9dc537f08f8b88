const PREFIXES_MAX = 10_000;

/** Prompt prefixes that a provider remembers for some time, as Anthropic and Bedrock do where a request marks them. */
export class PromptCache {
  readonly #endsAtMs = new Map<string, number>();

  /** Whether this prefix is remembered; a hit lasts for `ttlMs` again, as at the providers. */
  touch(prefix: string, ttlMs: number, nowMs: number): boolean {
    const endsAtMs = this.#endsAtMs.get(prefix);
    if (endsAtMs === undefined || endsAtMs <= nowMs) return false;
    this.#endsAtMs.set(prefix, nowMs + ttlMs);
    return true;
  }

  remember(prefix: string, ttlMs: number, nowMs: number): void {
    if (this.#endsAtMs.size >= PREFIXES_MAX) this.#endsAtMs.clear();
    this.#endsAtMs.set(prefix, nowMs + ttlMs);
  }

  reset(): void {
    this.#endsAtMs.clear();
  }
}
