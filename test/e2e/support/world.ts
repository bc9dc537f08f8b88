import { z } from "zod";
import type { OwnKeyMode } from "#admission";
import { newId, OPERATIONS, parseUsd, type NanoUsd, type RoutingPolicy } from "#kernel";
import { newLocator, SCOPES } from "#keys";
import { asOwner } from "../../../dev/database/owner-queries.ts";
import {
  createKey,
  systemClock,
  systemRandom,
  type CreatedKey,
  type KeyInput,
  type OrganizationRow,
} from "../../../dev/keys/create-key.ts";
import { putProviderKey, removeProviderKey } from "../../../dev/keys/put-provider-key.ts";
import { setOrganizationPolicy } from "../../../dev/keys/set-policy.ts";
import { startStack, type Stack } from "../../../dev/stack/stack.ts";
import { copyOfMigratedPglite } from "../../support/migrated-pglite.ts";
import { temporaryDirectory } from "./dev-process.ts";

const WAIT_MS = 15_000;
const POLL_MS = 10;
const CREDIT_USD = "10";

const usd = z.string().transform((text, context): NanoUsd => {
  const nano = parseUsd(text);
  if (nano !== null) return nano;
  context.addIssue("not an amount in USD");
  return z.NEVER;
});
const count = z.int().min(0);

const receiptSchema = z.strictObject({
  id: z.string(),
  object: z.literal("generation"),
  created_at: z.iso.datetime(),
  mode: z.enum(["live", "test"]),
  operation: z.enum(OPERATIONS),
  streamed: z.boolean(),
  model: z.string(),
  provider: z.string().nullable(),
  endpoint: z.string().nullable(),
  status: z.int(),
  outcome: z.enum(["completed", "aborted", "interrupted", "failed", "unobserved"]),
  error_code: z.string().nullable(),
  kind: z.enum(["measured", "estimated", "unobserved"]),
  units: z.record(z.string(), count),
  price_version: z.string(),
  held_usd: usd,
  cost_usd: usd,
  attempts: z.array(
    z.strictObject({
      endpoint: z.string(),
      provider: z.string(),
      status: z.int().nullable(),
      code: z.string().nullable(),
      duration_ms: count,
    }),
  ),
  first_byte_ms: count.nullable(),
  duration_ms: count,
  flags: z.array(z.string()),
  guardrails: z.record(z.string(), count).nullable(),
  posted: z.boolean(),
});

const creditsSchema = z.strictObject({
  object: z.literal("credits"),
  currency: z.literal("USD"),
  balance_usd: usd,
  held_usd: usd,
  reserved_usd: usd,
  available_usd: usd,
  settlement_lag_ms: count,
});

/** `GET /v1/generation`, amounts as nano-USD. */
export type Generation = z.output<typeof receiptSchema>;
export type Credits = z.output<typeof creditsSchema>;

export interface WorldOptions {
  readonly gatewayEnv?: Readonly<Record<string, string>>;
  readonly consoleEnv?: Readonly<Record<string, string>>;
  /** Keeps the objects' files in `dataDir`, so that a test can search them. */
  readonly onDisk?: boolean;
}

/** A running stack with organizations of the test's own. */
export interface World {
  readonly stack: Stack;
  readonly dataDir: string;
  /** `…/v1`. */
  readonly url: string;
  /** What the Workers and the stack have logged so far. */
  readonly logLines: readonly string[];
  /** A new organization with credit and one live key, both known to its Account object. */
  organization(creditUsd?: string): Promise<Organization>;
  sql<Row>(text: string, params?: unknown[]): Promise<Row[]>;
  /** Gives an organization that somebody made credit. */
  credit(orgId: string, usd: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const directory = await temporaryDirectory();
  const logLines: string[] = [];
  const stack = await startStack({
    dataDir: directory.path,
    ...(options.onDisk === true ? {} : { inMemory: true, databaseCopy: await copyOfMigratedPglite() }),
    // Tests make endpoints fail on purpose, one after the other: none shall stay away for it.
    gatewayEnv: { BREAKER_OPEN_MAX_MS: "1", ...options.gatewayEnv },
    ...(options.consoleEnv && { consoleEnv: options.consoleEnv }),
    onLog: (source, line) => logLines.push(`${source} ${line}`),
  });
  const sql = <Row>(text: string, params: unknown[] = []): Promise<Row[]> =>
    asOwner(stack.database, (owner) => owner.query<Row>(text, params));
  return {
    stack,
    dataDir: directory.path,
    url: `${stack.urls.gateway}/v1`,
    logLines,
    sql,
    credit: async (orgId, usd) => {
      await sql("SELECT post_credit($1, $2::bigint, $3, 'promo')", [orgId, parseUsd(usd), `test:${orgId}:${usd}`]);
      await stack.projectNow();
    },
    organization: (creditUsd = CREDIT_USD) => createOrganization(stack, sql, creditUsd),
    stop: async () => {
      await stack.stop();
      await directory.remove();
    },
  };
}

type Sql = World["sql"];

async function createOrganization(stack: Stack, sql: Sql, creditUsd: string): Promise<Organization> {
  const row: OrganizationRow = {
    id: newId("organization", systemClock, systemRandom),
    name: "Test",
    locator: newLocator(systemRandom),
    region: "g",
  };
  await sql("INSERT INTO organization (id, name, locator, region) VALUES ($1, $2, $3, $4)", [
    row.id,
    row.name,
    row.locator,
    row.region,
  ]);
  const credit = parseUsd(creditUsd);
  if (credit !== null && credit > 0n) {
    await sql("SELECT post_credit($1, $2::bigint, $3, 'promo')", [row.id, credit, `test:${row.id}`]);
  }
  const organization = new Organization(stack, sql, row, credit ?? parseUsdOrThrow("0"));
  await organization.newKey();
  return organization;
}

/** One tenant of the test: its keys, its wallet and its receipts, as its own developer sees them. */
export class Organization {
  readonly row: OrganizationRow;
  readonly creditNano: NanoUsd;
  readonly #stack: Stack;
  readonly #sql: Sql;
  readonly #keys: CreatedKey[] = [];

  constructor(stack: Stack, sql: Sql, row: OrganizationRow, creditNano: NanoUsd) {
    this.#stack = stack;
    this.#sql = sql;
    this.row = row;
    this.creditNano = creditNano;
  }

  get id(): string {
    return this.row.id;
  }

  /** The first key: live, all scopes, no limits. */
  get key(): string {
    const [first] = this.#keys;
    if (!first) throw new Error("this organization has no key yet");
    return first.key;
  }

  async newKey(input: Partial<KeyInput> = {}): Promise<CreatedKey> {
    const whole: KeyInput = {
      name: "Test key",
      mode: "live",
      scopes: SCOPES,
      models: null,
      expiresAt: null,
      requestsPerMinute: null,
      tokensPerMinute: null,
      concurrency: null,
      budget: null,
      ...input,
    };
    const created = await createKey(this.#query, this.row, whole, this.#stack.secrets.key_peppers);
    this.#keys.push(created);
    await this.#stack.projectNow();
    return created;
  }

  /** The organization's policy instead of the one it had; rules that are not named are none. */
  async setPolicy(policy: Partial<RoutingPolicy>): Promise<void> {
    const none = { dataCollection: null, zdr: false, regions: null, providersOnly: null, providersIgnore: null };
    await setOrganizationPolicy(this.#query, this.id, { ...none, ...policy });
    await this.#stack.projectNow();
  }

  /** Stores the organization's own key of a provider, sealed as the console would. */
  async putProviderKey(provider: string, mode: OwnKeyMode, secret: string): Promise<void> {
    const input = { orgId: this.id, provider, mode, secret };
    await putProviderKey(this.#query, input, this.#stack.secrets.byok_private_keys);
    await this.#stack.projectNow();
  }

  async removeProviderKey(provider: string): Promise<void> {
    await removeProviderKey(this.#query, this.id, provider);
    await this.#stack.projectNow();
  }

  async setKey(key: CreatedKey, assignment: string): Promise<void> {
    await this.#sql(`UPDATE api_key SET ${assignment} WHERE id = $1`, [key.id]);
    await this.#stack.projectNow();
  }

  async setStatus(status: "active" | "suspended"): Promise<void> {
    await this.#sql("UPDATE organization SET status = $2 WHERE id = $1", [this.id, status]);
    await this.#stack.projectNow();
  }

  async credits(): Promise<Credits> {
    const response = await this.#get("/credits");
    if (response.status !== 200) throw new Error(`/v1/credits answered ${response.status}`);
    return creditsSchema.parse(await response.json());
  }

  /** The wallet once nothing is set aside any more: calls have ended, and what gateways reserved came back. */
  async restingCredits(): Promise<Credits> {
    return until("nothing to be set aside", async () => {
      const found = await this.credits();
      return found.held_usd === 0n && found.reserved_usd === 0n ? found : null;
    });
  }

  /** The receipt of a call, waited for: it is written when the call has been settled. */
  async generation(id: string): Promise<Generation> {
    return until(`the receipt of ${id}`, () => this.findGeneration(id));
  }

  async findGeneration(id: string): Promise<Generation | null> {
    const response = await this.#get(`/generation?id=${id}`);
    const body: unknown = await response.json();
    // Before it is settled a call is in neither place; with the ledger away nobody can say that it is not there.
    if (response.status === 404 || response.status === 503) return null;
    if (response.status !== 200) throw new Error(`/v1/generation answered ${response.status}`);
    return receiptSchema.parse(body);
  }

  /** The receipt as the ledger has it, waited for. */
  async postedGeneration(id: string): Promise<Generation> {
    return until(`the posting of ${id}`, async () => {
      const found = await this.findGeneration(id);
      return found?.posted === true ? found : null;
    });
  }

  /** What the ledger holds of this organization, once as many receipts as expected are there. */
  async postedReceipts(expected: number): Promise<{ readonly id: string; readonly costNano: bigint }[]> {
    const rows = await until(`${expected} posted receipts`, async () => {
      const found = await this.#sql<{ id: string; cost: string }>(
        "SELECT receipt_id AS id, cost_nano::text AS cost FROM usage_receipt WHERE org_id = $1 ORDER BY receipt_id",
        [this.id],
      );
      return found.length < expected ? null : found;
    });
    return rows.map(({ id, cost }) => ({ id, costNano: BigInt(cost) }));
  }

  readonly #query = <T>(text: string, params: readonly unknown[]): Promise<T[]> => this.#sql<T>(text, [...params]);

  #get(path: string): Promise<Response> {
    return fetch(`${this.#stack.urls.gateway}/v1${path}`, { headers: { authorization: `Bearer ${this.key}` } });
  }
}

/** Asks again until there is an answer. Throws, naming what was awaited, when the bound is used up. */
export async function until<Value>(what: string, probe: () => Promise<Value | null> | Value | null): Promise<Value> {
  const deadlineMs = Date.now() + WAIT_MS;
  for (;;) {
    const value = await probe();
    if (value !== null) return value;
    if (Date.now() > deadlineMs) throw new Error(`waited ${WAIT_MS} ms in vain for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

export function parseUsdOrThrow(text: string): NanoUsd {
  const nano = parseUsd(text);
  if (nano === null) throw new Error("not an amount in USD");
  return nano;
}
