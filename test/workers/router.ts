import type { Hono } from "hono";
import { mintKey, newLocator, parsePeppers } from "#keys";
import { configureProviders, PROVIDERS } from "#providers";
import type { GatewayHono } from "../../workers/gateway/context.ts";
import { createApp } from "../../workers/gateway/app.ts";
import { compose } from "../../workers/gateway/compose.ts";
import { OverrideBook } from "../../workers/gateway/override-book.ts";
import { systemClock, systemRandom } from "../../workers/http/platform.ts";

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

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** An address that reaches nobody, for every provider. */
function providerVariables(): Record<string, string> {
  return Object.fromEntries(
    PROVIDERS.flatMap(({ env }) => (env ? [[env.apiKey, "none:none"] as const, [env.baseUrl, NOWHERE] as const] : [])),
  );
}

export async function createRouter(): Promise<Router> {
  const peppers = JSON.stringify({ "1": base64Url(systemRandom(PEPPER_BYTES)) });
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
      providerVariables(),
      (url) => {
        called.push(url);
        return Promise.reject(new TypeError("no provider is there"));
      },
      systemClock,
    ),
    overrides: new OverrideBook(() => Promise.resolve(null), systemClock, 1),
    log: () => undefined,
    tellers: {
      of: () => ({
        admit: ({ draft }) => {
          asked.push(draft.operation);
          const refusal = { code: "insufficient_credit", params: {}, retryAfterMs: null, limits: null } as const;
          return Promise.resolve({ ok: false, refusal });
        },
        extend: ({ toNano }) => Promise.resolve({ heldNano: toNano, refusal: null }),
        checkpoint: () => Promise.resolve(),
        settle: () => Promise.resolve("unacknowledged"),
        takeUp: () => null,
        isIdle: () => true,
      }),
      takeUp: () => undefined,
    },
  }));
  const owner = { mode: "live", region: "g", locator: newLocator(systemRandom) } as const;
  const { key } = await mintKey(owner, await parsePeppers(peppers), systemRandom);
  return { app, key, asked, called };
}

/** One request to the router alone: no socket, no Worker. */
export async function request(
  { app }: { readonly app: Pick<Hono<GatewayHono>, "request"> },
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
