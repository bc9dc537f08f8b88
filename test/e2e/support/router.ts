import { randomBytes } from "node:crypto";
import type { Hono } from "hono";
import { mintKey, newLocator, parsePeppers } from "#keys";
import { configureProviders } from "#providers";
import { createApp } from "../../../workers/gateway/app.ts";
import { compose } from "../../../workers/gateway/compose.ts";
import { PriceBook } from "../../../workers/gateway/price-book.ts";
import { systemClock, systemRandom } from "../../../dev/keys/create-key.ts";
import { providerEnvironment } from "../../../dev/stack/provider-env.ts";

/** The gateway's own router in this process: every provider is configured, and every admission is refused for want of credit. */
export interface Router {
  readonly app: ReturnType<typeof createApp>;
  /** A well-made live key. */
  readonly key: string;
  /** Operations that the Account object was asked about, in order. */
  readonly asked: string[];
  /** Addresses of providers that were called. */
  readonly called: string[];
}

const PEPPER_BYTES = 32;
const NOWHERE = "http://provider.invalid";

export async function createRouter(): Promise<Router> {
  const peppers = JSON.stringify({ "1": randomBytes(PEPPER_BYTES).toString("base64url") });
  const asked: string[] = [];
  const called: string[] = [];
  const app = createApp(async (env) => ({
    ...(await compose({
      ...env,
      ENVIRONMENT: "test",
      DATABASE_URL: "postgres://gateway_app:test@ledger.invalid/prismatic",
      KEY_PEPPERS: peppers,
    })),
    providers: configureProviders(
      providerEnvironment({}, NOWHERE, "none"),
      (url) => {
        called.push(url);
        return Promise.reject(new TypeError("no provider is there"));
      },
      systemClock,
    ),
    prices: new PriceBook(() => Promise.resolve(null), systemClock, 1),
    log: () => undefined,
    teller: () => ({
      admit: ({ draft }) => {
        asked.push(draft.operation);
        const refusal = { code: "insufficient_credit", params: {}, retryAfterMs: null, limits: null } as const;
        return Promise.resolve({ ok: false, refusal });
      },
      checkpoint: () => Promise.resolve(),
      settle: () => Promise.resolve("unacknowledged"),
    }),
  }));
  const owner = { mode: "live", region: "g", locator: newLocator(systemRandom) } as const;
  const { key } = await mintKey(owner, await parsePeppers(peppers), systemRandom);
  return { app, key, asked, called };
}

/** One request to the router alone: no socket, no Worker. */
export async function request(
  { app }: { readonly app: Pick<Hono, "request"> },
  path: string,
  init: RequestInit,
): Promise<Response> {
  const context = {
    waitUntil: (): void => undefined,
    passThroughOnException: (): void => undefined,
    props: {},
  };
  return app.request(path, init, {}, context);
}
