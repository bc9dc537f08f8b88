import { createTeller, type AccountPort, type KeepAlive, type Schedule, type Teller } from "#admission";
import type { VerifiedKey } from "#keys";
import { accountStub } from "../http/account-namespace.ts";
import { systemClock, systemRandom } from "../http/platform.ts";
import type { Limits } from "./settings.ts";

/** Tellers kept per isolate. */
const TELLERS_MAX = 1_000;
/** How many of the longest unused are looked at for one without a lease; if none is, the first goes all the same. */
const IDLE_LOOK_MAX = 16;
/** How often all of them are asked for what requests left behind. */
const TAKE_UP_INTERVAL_MS = 5_000;

/** One teller per account, so that an isolate's settles of one account travel together. */
export class Tellers {
  readonly #env: GatewayEnv;
  readonly #limits: Limits;
  readonly #schedule: Schedule;
  /** By account, the longest unused first. */
  readonly #tellers = new Map<string, Teller>();
  #takeUpMs = 0;

  constructor(env: GatewayEnv, limits: Limits, schedule: Schedule) {
    this.#env = env;
    this.#limits = limits;
    this.#schedule = schedule;
  }

  of(key: VerifiedKey): Teller {
    const name = `${key.region}:${key.locator}`;
    const known = this.#tellers.get(name);
    const teller = known ?? this.#make(key);
    // Last used last.
    this.#tellers.delete(name);
    if (this.#tellers.size >= TELLERS_MAX) this.#dropOne();
    this.#tellers.set(name, teller);
    return teller;
  }

  /**
   * Has what dropped requests left behind given back, whoever's it is: the calls of an account that nobody uses any more
   * in this isolate would have no receipt otherwise.
   */
  takeUp(keepAlive: KeepAlive): void {
    const nowMs = systemClock.nowMs();
    if (nowMs < this.#takeUpMs && this.#takeUpMs <= nowMs + TAKE_UP_INTERVAL_MS) return;
    this.#takeUpMs = nowMs + TAKE_UP_INTERVAL_MS;
    for (const teller of this.#tellers.values()) {
      const work = teller.takeUp();
      if (work !== null) keepAlive(work);
    }
  }

  #make(key: VerifiedKey): Teller {
    return createTeller({
      account: accountPort(this.#env, key),
      schedule: this.#schedule,
      clock: systemClock,
      random: systemRandom,
      bounds: { admitTimeoutMs: this.#limits.accountRpcMs, settleTimeoutMs: this.#limits.accountRpcMs },
    });
  }

  /** Its pending settles end by themselves; leases are what would be lost with it. */
  #dropOne(): void {
    const oldest = [...this.#tellers].slice(0, IDLE_LOOK_MAX);
    const [name] = oldest.find(([, teller]) => teller.isIdle()) ?? oldest[0] ?? [];
    if (name !== undefined) this.#tellers.delete(name);
  }
}

/** A stub belongs to the request that made it, so each call makes its own. */
function accountPort(env: GatewayEnv, key: VerifiedKey): AccountPort {
  return {
    admit: (command) => accountStub(env, key).admit(command),
    lease: (command) => accountStub(env, key).lease(command),
    returnLease: (command) => accountStub(env, key).returnLease(command),
    extend: (commands) => accountStub(env, key).extend(commands),
    checkpoint: (commands) => accountStub(env, key).checkpoint(commands),
    settle: (commands) => accountStub(env, key).settle(commands),
  };
}
