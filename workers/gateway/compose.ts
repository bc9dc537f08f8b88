import type { Schedule } from "#admission";
import type { Clock, RandomBytes } from "#kernel";
import { parseOpeningKeys, parsePeppers, type OpeningKeys, type Peppers, type VerifiedKey } from "#keys";
import { createEdgeSql, type EdgeSql } from "#edge-sql";
import { StickyMap } from "#routing";
import { configureProviders, type ConfiguredProviders, type Timer } from "#providers";
import { accountStub } from "../http/account-namespace.ts";
import { consoleLogger, type Logger } from "../http/logger.ts";
import { systemClock, systemRandom, systemTimer } from "../http/platform.ts";
import type { Account } from "./account-object.ts";
import { HealthStore } from "./health-store.ts";
import { healthPort } from "./health/health-port.ts";
import { KeyRing } from "./inference/key-ring.ts";
import { OverrideBook } from "./override-book.ts";
import { readLimits, type Limits } from "./settings.ts";
import { Stickiness } from "./stickiness.ts";
import { Tellers } from "./tellers.ts";

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
  readonly overrides: OverrideBook;
  readonly store: EdgeSql;
  /** Opens customers' own provider keys. */
  readonly openingKeys: OpeningKeys;
  readonly keyRing: KeyRing;
  readonly health: HealthStore;
  readonly stickiness: Stickiness;
  readonly tellers: Pick<Tellers, "of" | "takeUp">;
  accountReader(key: VerifiedKey): AccountReader;
}

const STICKY_SECRET_BYTES = 32;

const schedule: Schedule = (callback, ms) => systemTimer.start(callback, ms);

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
    timer: systemTimer,
    log: consoleLogger,
    limits,
    peppers: await parsePeppers(env.KEY_PEPPERS),
    providers: configureProviders(
      Object.fromEntries(Object.entries(env)),
      (url, init) => fetch(url, init),
      systemClock,
    ),
    overrides: new OverrideBook(
      async (pricesSince, stopsSince) => {
        const answer = await store.overrides(pricesSince, stopsSince);
        if (!answer.ok) return null;
        if (answer.overrides.isMalformed) consoleLogger("error", { message: "overrides_malformed" });
        return answer.overrides;
      },
      systemClock,
      limits.storeMs,
    ),
    store,
    openingKeys: await parseOpeningKeys(textOf(env, "BYOK_PRIVATE_KEYS")),
    keyRing: new KeyRing(systemClock, systemRandom),
    health: new HealthStore(systemClock, { openMaxMs: limits.breakerOpenMaxMs }, healthPort(env, limits.accountRpcMs)),
    stickiness: new Stickiness(new StickyMap(new Uint8Array(systemRandom(STICKY_SECRET_BYTES)))),
    tellers: new Tellers(env, limits, schedule),
    accountReader: (key) => accountStub(env, key),
  };
}

function textOf(env: object, name: string): string {
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" ? value : "";
}
