import { createTeller, type AccountPort, type Schedule, type Teller } from "#admission";
import type { Clock, RandomBytes } from "#kernel";
import { parseOpeningKeys, parsePeppers, type OpeningKeys, type Peppers, type VerifiedKey } from "#keys";
import { createEdgeSql, type EdgeSql } from "#edge-sql";
import { StickyMap } from "#routing";
import { configureProviders, type ConfiguredProviders, type Timer } from "#providers";
import { accountStub } from "../http/account-namespace.ts";
import { consoleLogger, type Logger } from "../http/logger.ts";
import { systemClock, systemRandom } from "../http/platform.ts";
import type { Account } from "./account-object.ts";
import { HealthStore } from "./health-store.ts";
import { healthPort } from "./health/health-port.ts";
import { KeyRing } from "./inference/key-ring.ts";
import { PriceBook } from "./price-book.ts";
import { readLimits, type Limits } from "./settings.ts";
import { Stickiness } from "./stickiness.ts";

/** The Account object's calls that only read. */
export type AccountReader = Pick<DurableObjectStub<Account>, "keyState" | "credits" | "findReceipt">;

/** The adapters of the gateway, put together once per isolate. */
export interface Services {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly timer: Timer;
  readonly log: Logger;
  readonly limits: Limits;
  readonly peppers: Peppers;
  readonly providers: ConfiguredProviders;
  readonly prices: PriceBook;
  readonly store: EdgeSql;
  /** Opens customers' own provider keys. */
  readonly openingKeys: OpeningKeys;
  readonly keyRing: KeyRing;
  readonly health: HealthStore;
  readonly stickiness: Stickiness;
  teller(key: VerifiedKey): Teller;
  accountReader(key: VerifiedKey): AccountReader;
}

const STICKY_SECRET_BYTES = 32;

/** Tellers kept per isolate; past it the oldest goes, and its pending settles still end by themselves. */
const TELLERS_MAX = 1_000;

const schedule: Schedule = (callback, ms) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

/** Reads the environment and wires the adapters. Rejects on a configuration that must not serve (no pepper, a malformed URL). */
export async function compose(env: GatewayEnv): Promise<Services> {
  const limits = readLimits(env);
  const neonHttpEndpoint: unknown = Reflect.get(env, "NEON_HTTP_ENDPOINT");
  const store = createEdgeSql({
    connectionString: env.DATABASE_URL,
    ...(typeof neonHttpEndpoint === "string" && neonHttpEndpoint !== "" ? { endpointUrl: neonHttpEndpoint } : {}),
    fetch: (url, init) => fetch(url, init),
    timeoutMs: limits.storeMs,
  });
  return {
    clock: systemClock,
    random: systemRandom,
    timer: { start: schedule },
    log: consoleLogger,
    limits,
    peppers: await parsePeppers(env.KEY_PEPPERS),
    providers: configureProviders(
      Object.fromEntries(Object.entries(env)),
      (url, init) => fetch(url, init),
      systemClock,
    ),
    prices: new PriceBook(
      async (version) => {
        const answer = await store.priceOverrides(version);
        return answer.ok ? answer.overrides : null;
      },
      systemClock,
      limits.storeMs,
    ),
    store,
    openingKeys: await parseOpeningKeys(textOf(env, "BYOK_PRIVATE_KEYS")),
    keyRing: new KeyRing(systemClock, systemRandom),
    health: new HealthStore(systemClock, { openMaxMs: limits.breakerOpenMaxMs }, healthPort(env, limits.accountRpcMs)),
    stickiness: new Stickiness(new StickyMap(new Uint8Array(systemRandom(STICKY_SECRET_BYTES)))),
    teller: createTellers(env, limits),
    accountReader: (key) => accountStub(env, key),
  };
}

function textOf(env: object, name: string): string {
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" ? value : "";
}

/** One teller per account, so that an isolate's settles of one account travel together. */
function createTellers(env: GatewayEnv, limits: Limits): (key: VerifiedKey) => Teller {
  const tellers = new Map<string, Teller>();
  return (key) => {
    const name = `${key.region}:${key.locator}`;
    const known = tellers.get(name);
    if (known) return known;
    if (tellers.size >= TELLERS_MAX)
      for (const oldest of tellers.keys()) {
        tellers.delete(oldest);
        break;
      }
    const teller = createTeller({
      account: accountPort(env, key),
      schedule,
      clock: systemClock,
      random: systemRandom,
      bounds: { admitTimeoutMs: limits.accountRpcMs, settleTimeoutMs: limits.accountRpcMs },
    });
    tellers.set(name, teller);
    return teller;
  };
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
