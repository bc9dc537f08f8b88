/** As long as providers keep a prompt's cache without being asked for more. */
export const STICKY_MS = 10 * 60_000;
export const STICKY_ENTRIES_MAX = 4_096;
/** What of a prefix is hashed. */
export const STICKY_PREFIX_BYTES = 64 * 1024;

export interface StickyKey {
  readonly orgLocator: string;
  readonly mode: string;
  readonly model: string;
  /** The start of the prompt. Only its HMAC is kept. */
  readonly prefix: string;
}

/** Which endpoint holds the cache of a prompt's beginning, as this isolate knows it. Two tenants never share an entry (trap G28). */
export class StickyMap {
  readonly #entries = new Map<string, { readonly endpoint: string; readonly untilMs: number }>();
  readonly #secret: ReturnType<typeof crypto.subtle.importKey>;

  /** `secret`: random bytes of this isolate's own, so that nothing outside can tell a prompt by its entry. */
  constructor(secret: Uint8Array<ArrayBuffer>) {
    this.#secret = crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  }

  /** The name of an entry: an HMAC over tenant, model and prefix. */
  async nameOf(key: StickyKey): Promise<string> {
    const prefix = new TextEncoder().encode(key.prefix.slice(0, STICKY_PREFIX_BYTES)).subarray(0, STICKY_PREFIX_BYTES);
    const head = new TextEncoder().encode(JSON.stringify([key.orgLocator, key.mode, key.model]));
    const whole = new Uint8Array(head.length + 1 + prefix.length);
    whole.set(head);
    whole.set(prefix, head.length + 1);
    const mac = await crypto.subtle.sign("HMAC", await this.#secret, whole);
    return Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  find(name: string, nowMs: number): string | null {
    const entry = this.#entries.get(name);
    return entry && nowMs < entry.untilMs ? entry.endpoint : null;
  }

  keep(name: string, endpoint: string, nowMs: number): void {
    this.#entries.delete(name);
    if (this.#entries.size >= STICKY_ENTRIES_MAX) {
      // A map keeps its order: the first is the one that was used longest ago.
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#entries.set(name, { endpoint, untilMs: nowMs + STICKY_MS });
  }
}
