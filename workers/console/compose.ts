import { neon, neonConfig } from "@neondatabase/serverless";
import { drizzle } from "drizzle-orm/neon-http";
import type { ApplyResult } from "#admission";
import type { Doorkeeper } from "#abuse";
import { parseAuditKeys, type AuditKeys } from "#audit";
import type { Database } from "#store";
import { accountStub } from "../http/account-namespace.ts";
import { consoleLogger } from "../http/logger.ts";
import { ApplyRefused, type ApplyEvents } from "./cron/project-outbox.ts";
import type { AccountReader } from "./cron/reconcile-organization.ts";
import { composeMail, type ConsoleMail } from "./mail/compose-mail.ts";
import type { DispatchServices } from "./deliveries/dispatch-deliveries.ts";
import { sendersOf } from "./deliveries/sender-namespace.ts";
import { parseLeakReporters, type LeakReporters } from "./webhooks/leak-reporters.ts";
import { composeDoors } from "./doors/compose-doors.ts";

export interface ConsoleServices {
  readonly db: Database;
  readonly applyEvents: ApplyEvents;
  readonly accounts: AccountReader;
  readonly auditKeys: AuditKeys;
  readonly mail: ConsoleMail;
  /** Webhooks on their way to customers. */
  readonly deliveries: DispatchServices;
  /** Stands at the public doors: `passDoor` counts an attempt. */
  readonly doorkeeper: Doorkeeper;
  readonly leakReporters: LeakReporters;
  readonly internalToken: string;
}

/** One call to an Account object; workerd sets none of its own. */
const ACCOUNT_RPC_MS = 10_000;
/** Shorter tokens can be guessed; an empty one would open the internal routes to everybody. */
const MIN_TOKEN_CHARACTERS = 16;

/** Wires the console's services from its environment. Throws when a secret is missing or weak. */
export function compose(env: ConsoleEnv): ConsoleServices {
  if ((env.INTERNAL_TOKEN ?? "").length < MIN_TOKEN_CHARACTERS)
    throw new Error(`INTERNAL_TOKEN has fewer than ${MIN_TOKEN_CHARACTERS} characters`);
  // Set in development, where the connection string names no host of Neon's.
  const endpoint: unknown = Reflect.get(env, "NEON_HTTP_ENDPOINT");
  if (typeof endpoint === "string" && endpoint !== "") neonConfig.fetchEndpoint = () => endpoint;
  const db: Database = drizzle(neon(env.DATABASE_URL));
  return {
    db,
    applyEvents: async (account, events) => {
      const result = await withinLimit<ApplyResult>(accountStub(env, account).apply(events));
      if (!result.ok) throw new ApplyRefused(result.reason);
    },
    accounts: {
      reconcile: (account, question) => withinLimit(accountStub(env, account).reconcile(question)),
      controlVersions: (account) => withinLimit(accountStub(env, account).controlVersions()),
      endedCalls: (account, question) => withinLimit(accountStub(env, account).endedCalls(question)),
    },
    auditKeys: parseAuditKeys(env.AUDIT_KEYS ?? ""),
    mail: composeMail(env, db),
    deliveries: { db, senders: sendersOf(env), logger: consoleLogger },
    doorkeeper: composeDoors(env, consoleLogger),
    leakReporters: parseLeakReporters(env.LEAK_REPORTERS ?? ""),
    internalToken: env.INTERNAL_TOKEN,
  };
}

async function withinLimit<Value>(call: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("the Account object did not answer in time")), ACCOUNT_RPC_MS);
  try {
    return await Promise.race([call, promise]);
  } finally {
    clearTimeout(timer);
  }
}
