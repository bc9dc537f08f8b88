import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId, type NanoUsd } from "#kernel";
import { newLocator, SCOPES } from "#keys";
import { asOwner } from "../../../dev/database/owner-queries.ts";
import { createKey, systemClock, systemRandom, type OrganizationRow } from "../../../dev/keys/create-key.ts";
import { startStack, type Stack } from "../../../dev/stack/stack.ts";
import { openLedger, type Ledger } from "./books.ts";
import { Gate } from "./gate.ts";

export interface GroundOptions {
  /** A Postgres of its own, or null for the embedded one. */
  readonly databaseUrl: string | null;
  /** The gateway's bounds, by the names that the environment of `npm run dev` sets them. */
  readonly bounds: Readonly<Record<string, string>>;
}

/** A running stack with a gate before the provider and one before Postgres, both between them and the gateway. */
export interface ProvingGround {
  readonly stack: Stack;
  readonly gatewayUrl: string;
  readonly provider: Gate;
  readonly postgres: Gate;
  readonly ledger: Ledger;
  /** The gateway's log lines so far. */
  readonly log: readonly string[];
  /** Connects to the ledger again, after the database had ended every session. */
  reopenLedger(): Promise<void>;
  /** Runs statements as the owner of the database. */
  exec(sql: string): Promise<void>;
  /** A new organization whose wallet holds exactly so much, known to its Account object. */
  organization(creditNano: bigint): Promise<Organization>;
  stop(): Promise<void>;
}

export interface Organization {
  readonly id: string;
  /** A live key without limits of its own. */
  readonly apiKey: string;
  /** Another live key, with a budget for all time. */
  keyWithBudget(limitNano: NanoUsd): Promise<string>;
}

export async function openProvingGround({ databaseUrl, bounds }: GroundOptions): Promise<ProvingGround> {
  const dataDir = await mkdtemp(join(tmpdir(), "prismatic-ground-"));
  const [provider, postgres] = await Promise.all([Gate.open(), Gate.open()]);
  const log: string[] = [];
  const stack = await startStack({
    dataDir,
    databaseUrl,
    inMemory: true,
    // The provider's own address and a key of ours: to the gateway the gate is the provider.
    environment: { ...bounds, OPENAI_BASE_URL: `${provider.url}/openai/v1`, OPENAI_API_KEY: "test-key-of-the-gate" },
    gatewayEnv: { NEON_HTTP_ENDPOINT: `${postgres.url}/sql` },
    onLog: (_, line) => log.push(line),
  });
  provider.leadTo(stack.urls.sim);
  postgres.leadTo(new URL(stack.urls.neon).origin);
  let ledger = await openLedger(stack.state.database_url);
  return {
    stack,
    gatewayUrl: stack.urls.gateway,
    provider,
    postgres,
    get ledger() {
      return ledger;
    },
    log,
    reopenLedger: async () => {
      ledger = await openLedger(stack.state.database_url);
    },
    exec: (sql) => asOwner(stack.database, (owner) => owner.exec(sql)),
    organization: (creditNano) => makeOrganization(stack, creditNano),
    stop: async () => {
      await ledger.close();
      await Promise.all([provider.close(), postgres.close()]);
      await stack.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What an organization is made with: a database with our schema, the keys' secrets, and the way to the Account objects. */
export type OrganizationStores = Pick<Stack, "database" | "secrets" | "projectNow">;

/** A new organization whose wallet holds exactly so much, with a key, known to its Account object. */
export async function makeOrganization(stack: OrganizationStores, creditNano: bigint): Promise<Organization> {
  const row: OrganizationRow = {
    id: newId("organization", systemClock, systemRandom),
    name: "Test",
    locator: newLocator(systemRandom),
    region: "g",
  };
  await asOwner(stack.database, async (owner) => {
    await owner.query("INSERT INTO organization (id, name, locator, region) VALUES ($1, $2, $3, $4)", [
      row.id,
      row.name,
      row.locator,
      row.region,
    ]);
    await owner.query("SELECT post_credit($1, $2::bigint, $3, 'promo')", [row.id, creditNano, `test:${row.id}`]);
  });
  return {
    id: row.id,
    apiKey: await makeKey(stack, row, null),
    keyWithBudget: (limitNano) => makeKey(stack, row, limitNano),
  };
}

async function makeKey(
  stack: OrganizationStores,
  organization: OrganizationRow,
  limitNano: NanoUsd | null,
): Promise<string> {
  const created = await asOwner(stack.database, (owner) =>
    createKey(
      (sql, params) => owner.query(sql, [...params]),
      organization,
      {
        name: "Test key",
        mode: "live",
        scopes: SCOPES,
        models: null,
        expiresAt: null,
        requestsPerMinute: null,
        tokensPerMinute: null,
        concurrency: null,
        budget: limitNano === null ? null : { limitNano, period: "total" },
      },
      stack.secrets.key_peppers,
    ),
  );
  await stack.projectNow();
  return created.key;
}
