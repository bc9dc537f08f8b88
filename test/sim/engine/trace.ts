const KEPT = 400;

interface Entry {
  readonly step: number;
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly details: readonly unknown[];
}

/** The last events, kept as they are and put into words only when somebody has to read them. */
export class Trace {
  /** Told of every entry at once. */
  listen: ((line: () => string) => void) | null = null;
  readonly #startMs: number;
  readonly #entries: Entry[] = [];
  #next = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  note(entry: Entry): void {
    this.listen?.(() => this.#line(entry));
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** At most `count` lines, the latest last. */
  lines(count: number): string[] {
    const ordered = [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
    return ordered.slice(-count).map((entry) => this.#line(entry));
  }

  #line({ step, atMs, who, what, details }: Entry): string {
    const at = ((atMs - this.#startMs) / 1_000).toFixed(3);
    return `${String(step).padStart(8)} ${at.padStart(11)} s  ${who.padEnd(9)} ${what} ${details.map(inWords).join(" ")}`.trimEnd();
  }
}

/** Amounts as figures, records as `name=value`, everything else as JSON has it. */
export function inWords(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(inWords).join(", ")}]`;
  if (value instanceof Map)
    return `{${[...value].map(([name, one]) => `${inWords(name)}: ${inWords(one)}`).join(", ")}}`;
  return Object.entries(value)
    .map(([name, one]) => `${name}=${typeof one === "object" && one !== null ? `{${inWords(one)}}` : inWords(one)}`)
    .join(" ");
}
