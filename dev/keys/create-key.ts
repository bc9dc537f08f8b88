import { randomBytes } from "node:crypto";
import {
  newId,
  type Clock,
  type GuardrailSettings,
  type KeyMode,
  type NanoUsd,
  type RandomBytes,
  type RoutingPolicy,
} from "#kernel";
import { mintKey, parsePeppers, type Region, type Scope } from "#keys";
import type { BudgetPeriod } from "#admission";
import { policyParameters } from "./set-policy.ts";

/** One statement with parameters, under whatever role the caller connects with. */
export type Query = <T>(sql: string, params: readonly unknown[]) => Promise<T[]>;

export interface OrganizationRow {
  readonly id: string;
  readonly name: string;
  readonly locator: string;
  readonly region: Region;
}

/** What a new key may do. Null means no limit, or for models all. */
export interface KeyInput {
  readonly name: string;
  readonly mode: KeyMode;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly expiresAt: Date | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
  readonly budget: { readonly limitNano: NanoUsd; readonly period: BudgetPeriod } | null;
  readonly policy?: RoutingPolicy | null;
  readonly guardrails?: GuardrailSettings | null;
  readonly strict?: boolean;
  readonly memberId?: string | null;
  readonly tags?: readonly string[];
}

export interface CreatedKey {
  readonly id: string;
  /** The key itself: this is the only time it is known. */
  readonly key: string;
  readonly prefix: string;
  readonly lastFour: string;
  readonly hash: string;
}

export const systemClock: Clock = { nowMs: () => Date.now() };
export const systemRandom: RandomBytes = (length) => randomBytes(length);

/** Arrays travel as JSON: a parameter is text, and Postgres unpacks it. */
const INSERT_KEY = `
  INSERT INTO api_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, mode, scopes, models, expires_at,
    requests_per_minute, tokens_per_minute, concurrency, budget_limit_nano, budget_period, data_collection, zdr, regions,
    providers_only, providers_ignore, guard_secrets, guard_cards, strict, member_id, tags)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ARRAY(SELECT jsonb_array_elements_text($9::jsonb)),
    CASE WHEN $10::jsonb IS NULL THEN NULL ELSE ARRAY(SELECT jsonb_array_elements_text($10::jsonb)) END,
    $11::timestamptz, $12::int, $13::int, $14::int, $15::bigint, $16, $17, $18::boolean, $19::text[], $20::text[],
    $21::text[], $22, $23, $24::boolean, $25, ARRAY(SELECT jsonb_array_elements_text($26::jsonb)))`;

/**
 * Makes a key and stores its hash. A trigger writes the outbox row in the same transaction; the projector takes it to
 * the Account object. Nothing else is told.
 */
export async function createKey(
  query: Query,
  organization: OrganizationRow,
  input: KeyInput,
  keyPeppers: string,
): Promise<CreatedKey> {
  const id = newId("apiKey", systemClock, systemRandom);
  const { mode } = input;
  const owner = { mode, region: organization.region, locator: organization.locator };
  const minted = await mintKey(owner, await parsePeppers(keyPeppers), systemRandom);
  await query(INSERT_KEY, [
    id,
    organization.id,
    input.name,
    minted.prefix,
    minted.lastFour,
    minted.hash,
    minted.pepperVersion,
    mode,
    JSON.stringify(input.scopes),
    input.models === null ? null : JSON.stringify(input.models),
    input.expiresAt?.toISOString() ?? null,
    input.requestsPerMinute,
    input.tokensPerMinute,
    input.concurrency,
    input.budget?.limitNano.toString() ?? null,
    input.budget?.period ?? null,
    ...policyParameters(input.policy),
    input.guardrails?.secrets ?? "off",
    input.guardrails?.cards ?? "off",
    input.strict ?? false,
    input.memberId ?? null,
    JSON.stringify(input.tags ?? []),
  ]);
  return { id, key: minted.key, prefix: minted.prefix, lastFour: minted.lastFour, hash: minted.hash };
}
