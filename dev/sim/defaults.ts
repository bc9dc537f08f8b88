import { type Directives, type DirectivesResult, readDirectives } from "./directives.ts";
import { FAULTS, type FaultName } from "./faults.ts";
import { PROVIDERS } from "./providers.ts";

/** Directives for a request beside its own: `defaults` yield to the prompt's, `fault` does not. */
export interface Steering {
  readonly defaults: Directives;
  readonly fault: Directives | null;
}

interface Fault {
  readonly directives: Directives;
  readonly sharePercent: number;
}

const ALL = "*";
const SHARE_MAX_PERCENT = 100;
/** Spreads a share over the requests' numbers evenly and the same in every run. */
const SPREAD = 61;

/** Default directives and faults, for all providers or for one of them, changed while requests run. */
export class Defaults {
  readonly #set = new Map<string, Directives>();
  readonly #faults = new Map<string, Fault>();

  /** `directives` as in a prompt, or as an object; empty takes them back. An unknown provider is refused. */
  configure(directives: unknown, provider: string | null): DirectivesResult {
    const unknown = refuseUnknown(provider);
    if (unknown !== null) return unknown;
    const read = readDirectives(directives);
    if (read.ok) this.#set.set(provider ?? ALL, read.directives);
    return read;
  }

  /** Breaks a provider (null: all) for a share of its requests: a name of `FAULTS`, or directives; null mends it. */
  setFault(fault: unknown, provider: string | null, sharePercent: number): DirectivesResult {
    const unknown = refuseUnknown(provider);
    if (unknown !== null) return unknown;
    if (!Number.isInteger(sharePercent) || sharePercent < 1 || sharePercent > SHARE_MAX_PERCENT) {
      return { ok: false, message: "share must be a whole number of percent" };
    }
    const read = readDirectives(isFaultName(fault) ? FAULTS[fault] : (fault ?? ""));
    if (!read.ok) return read;
    if (fault === null) this.#faults.delete(provider ?? ALL);
    else this.#faults.set(provider ?? ALL, { directives: read.directives, sharePercent });
    return read;
  }

  for(provider: string, requestNumber: number): Steering {
    const fault = this.#faults.get(provider) ?? this.#faults.get(ALL);
    const hit = fault !== undefined && (requestNumber * SPREAD) % SHARE_MAX_PERCENT < fault.sharePercent;
    return {
      defaults: { ...this.#set.get(ALL), ...this.#set.get(provider) },
      fault: hit ? fault.directives : null,
    };
  }

  describe(): Readonly<Record<string, unknown>> {
    const faults = Object.fromEntries(this.#faults);
    return { ...Object.fromEntries(this.#set), ...(this.#faults.size > 0 ? { faults } : {}) };
  }

  reset(): void {
    this.#set.clear();
    this.#faults.clear();
  }
}

const isFaultName = (name: unknown): name is FaultName => typeof name === "string" && Object.hasOwn(FAULTS, name);

function refuseUnknown(provider: string | null): DirectivesResult | null {
  if (provider === null || PROVIDERS.has(provider)) return null;
  return { ok: false, message: `there is no provider '${provider}'` };
}
