/** How an exchange stands: `cut` means that the simulator ended it by a directive, `aborted` that the client hung up. */
export type Outcome = "open" | "finished" | "aborted" | "cut";

/** One request as an upstream saw it. Kept in memory only. */
export interface Received {
  /** Counts from 1 since the start or the last reset. */
  readonly sequence: number;
  readonly atMs: number;
  readonly provider: string | null;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  /** The parsed JSON body; null when it was none, or longer than the simulator keeps. */
  readonly body: unknown;
  readonly status: number | null;
  readonly outcome: Outcome;
  readonly aborted: boolean;
  /** Events (or whole bodies) handed to the socket: with `aborted`, after how many the client hung up. */
  readonly framesSent: number;
  readonly framesTotal: number;
}

/** Totals since the start or the last reset; they go on counting when old entries are forgotten. */
export interface Totals {
  readonly requests: number;
  readonly open: number;
  readonly aborted: number;
}

const ENTRIES_MAX = 2_000;
const FORGET_BLOCK = 200;
const BODY_KEPT_MAX_CHARACTERS = 262_144;
const BODIES_MAX_CHARACTERS = 33_554_432;

/** The running record of one exchange, filled while it goes on. */
export interface Entry {
  readonly sequence: number;
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  provider: string | null;
  bodyBytes: number;
  bodyText: string;
  status: number | null;
  outcome: Outcome;
  framesSent: number;
  framesTotal: number;
}

/** A bounded memory of what was received: the newest 2,000 requests and 32 million characters of bodies. */
export class ReceivedLog {
  #entries: Entry[] = [];
  #characters = 0;
  #sequence = 0;
  #open = 0;
  #aborted = 0;
  readonly #watchers = new Set<(entry: Entry) => void>();

  start(first: Pick<Entry, "atMs" | "method" | "path" | "headers">): Entry {
    this.#sequence += 1;
    this.#open += 1;
    const entry: Entry = {
      ...first,
      sequence: this.#sequence,
      provider: null,
      bodyBytes: 0,
      bodyText: "",
      status: null,
      outcome: "open",
      framesSent: 0,
      framesTotal: 0,
    };
    this.#entries.push(entry);
    this.#forgetOld();
    return entry;
  }

  keepBody(entry: Entry, text: string, bytes: number): void {
    entry.bodyBytes = bytes;
    if (text.length > BODY_KEPT_MAX_CHARACTERS) return;
    entry.bodyText = text;
    this.#characters += text.length;
    this.#forgetOld();
  }

  end(entry: Entry, outcome: Exclude<Outcome, "open">): void {
    if (entry.outcome !== "open") return;
    entry.outcome = outcome;
    this.#open -= 1;
    if (outcome === "aborted") this.#aborted += 1;
    this.#notify(entry);
  }

  /** The newest `limit` exchanges, oldest first. */
  list(limit = ENTRIES_MAX): Received[] {
    return limit <= 0 ? [] : this.#entries.slice(-limit).map(describe);
  }

  totals(): Totals {
    return { requests: this.#sequence, open: this.#open, aborted: this.#aborted };
  }

  /** Resolves with the first ended exchange that satisfies the test, now or later; rejects after `timeoutMs`. */
  async waitFor(accepts: (received: Received) => boolean, timeoutMs: number): Promise<Received> {
    const found = this.list().find((received) => received.outcome !== "open" && accepts(received));
    if (found !== undefined) return found;
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
      };
      const watcher = (entry: Entry) => {
        const received = describe(entry);
        if (!accepts(received)) return;
        stop();
        resolve(received);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`the simulator saw no such exchange end within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#watchers.add(watcher);
    });
  }

  reset(): void {
    this.#entries = [];
    this.#characters = 0;
    this.#sequence = 0;
    this.#aborted = 0;
  }

  #notify(entry: Entry): void {
    for (const watcher of this.#watchers) watcher(entry);
  }

  /** Entries leave in blocks: shifting a long array at every request would cost more than the request. */
  #forgetOld(): void {
    if (this.#entries.length < ENTRIES_MAX + FORGET_BLOCK && this.#characters <= BODIES_MAX_CHARACTERS) return;
    let drop = 0;
    for (const oldest of this.#entries) {
      const fits = this.#entries.length - drop <= ENTRIES_MAX && this.#characters <= BODIES_MAX_CHARACTERS;
      if (fits) break;
      this.#characters -= oldest.bodyText.length;
      oldest.bodyText = "";
      drop += 1;
    }
    this.#entries = this.#entries.slice(drop);
  }
}

function describe(entry: Entry): Received {
  const { bodyText, ...rest } = entry;
  return { ...rest, body: parseJson(bodyText), aborted: entry.outcome === "aborted" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
