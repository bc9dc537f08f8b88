import { randomBytes } from "node:crypto";
import { unstable_readConfig as readConfig } from "wrangler";
import { z } from "zod";
import { mintKey, newLocator, parsePeppers } from "#keys";
import { newId, type Clock, type RandomBytes } from "#kernel";
import type { Upstream } from "./start-upstream.ts";
import type { WorkerService } from "./workerd-config.ts";

/** More than any run can spend, so that no call is refused for money. */
const CREDIT_NANO = 1_000_000_000_000_000n;
const PEPPER_BYTES = 32;

/** The service that is the gateway, in every configuration. */
export const GATEWAY = "gateway";

/** What the bench takes from `wrangler.toml`. */
const wranglerConfig = z.object({
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  vars: z.record(z.string(), z.unknown()),
  durable_objects: z.object({
    bindings: z.array(z.object({ name: z.string(), class_name: z.string(), script_name: z.string().optional() })),
  }),
  migrations: z.array(z.object({ new_sqlite_classes: z.array(z.string()).default([]) })),
});

const random: RandomBytes = (length) => new Uint8Array(randomBytes(length));
const clock: Clock = { nowMs: () => Date.now() };

export interface GatewaySetup {
  readonly services: readonly WorkerService[];
  readonly apiKey: string;
  /** What the seed Worker is posted: the object's name and the events that make the organization. */
  readonly seed: string;
}

/**
 * The gateway as `wrangler.toml` declares it (date, flags, variables, objects), with secrets made for this run, the bench's
 * upstream as its provider, and the seed Worker beside it. The key has no limits of its own, so every call is admitted
 * and still pays for the whole decision; a strict one asks the object for each.
 */
export async function setUpGateway(
  configPath: string,
  modules: { readonly gateway: readonly string[]; readonly seed: readonly string[] },
  upstream: Upstream,
  strict: boolean,
): Promise<GatewaySetup> {
  const peppersText = makePeppers();
  const organization = await mintOrganization(peppersText, strict);
  const gateway = describeWorker(configPath, GATEWAY, modules.gateway, gatewayVariables(peppersText, upstream));
  return { services: [gateway, besideGateway("seed", modules.seed, gateway)], ...organization };
}

/** Secrets made for this run, and the bench's upstream as the gateway's providers and ledger. */
export function gatewayVariables(peppersText: string, upstream: Upstream): Readonly<Record<string, string>> {
  return {
    KEY_PEPPERS: peppersText,
    DATABASE_URL: "postgresql://gateway_app:bench@127.0.0.1/bench",
    NEON_HTTP_ENDPOINT: `http://127.0.0.1:${upstream.ledgerPort}/sql`,
    OPENAI_API_KEY: "bench",
    OPENAI_BASE_URL: `http://127.0.0.1:${upstream.port}/v1`,
    ANTHROPIC_API_KEY: "bench",
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${upstream.port}/v1`,
    GOOGLE_API_KEY: "bench",
    GOOGLE_BASE_URL: `http://127.0.0.1:${upstream.port}/v1beta`,
  };
}

/** A Worker beside the gateway in its process, which reaches the gateway's Account objects. */
export function besideGateway(name: string, modules: readonly string[], gateway: WorkerService): WorkerService {
  return {
    name,
    modules,
    compatibilityDate: gateway.compatibilityDate,
    compatibilityFlags: [],
    text: {},
    objects: [{ name: "ACCOUNT", className: "Account", service: GATEWAY }],
    classes: [],
  };
}

export const makePeppers = (): string => JSON.stringify({ 1: randomBytes(PEPPER_BYTES).toString("base64url") });

/** An organization with credit and one key without limits of its own. */
export interface SeededOrganization {
  readonly apiKey: string;
  /** The name of its Account object. */
  readonly object: string;
  readonly seed: string;
}

export async function mintOrganization(peppersText: string, strict: boolean): Promise<SeededOrganization> {
  const locator = newLocator(random);
  const minted = await mintKey({ mode: "live", region: "g", locator }, await parsePeppers(peppersText), random);
  const object = `g:${locator}`;
  return { apiKey: minted.key, object, seed: seedText(object, minted.hash, strict) };
}

/**
 * A Worker as its wrangler file declares it (date, flags, variables, objects), with `text` beside or over its variables.
 * Objects of another script are those of the service `gateway`, the only one that others know.
 */
export function describeWorker(
  configPath: string,
  name: string,
  modules: readonly string[],
  text: Readonly<Record<string, string>>,
): WorkerService {
  const config = wranglerConfig.parse(readConfig({ config: configPath }, { hideWarnings: true }));
  return {
    name,
    modules,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    text: { ...textVariables(config.vars), ...text },
    objects: config.durable_objects.bindings.map((binding) => ({
      name: binding.name,
      className: binding.class_name,
      service: binding.script_name === undefined ? null : GATEWAY,
    })),
    classes: config.migrations.flatMap((migration) => migration.new_sqlite_classes),
  };
}

function seedText(object: string, keyHash: string, strict: boolean): string {
  const organizationId = newId("organization", clock, random);
  const limits = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null, budget: null };
  const key = {
    id: newId("apiKey", clock, random),
    hash: keyHash,
    mode: "live",
    status: "active",
    scopes: ["inference"],
    models: null,
    ipAllow: null,
    expiresAtMs: null,
    ...limits,
    strict,
  };
  return JSON.stringify({
    object,
    events: [
      { type: "organization", version: 1, organization: { id: organizationId, status: "active" } },
      { type: "key", version: 1, key },
      { type: "credit", entryId: newId("credit", clock, random), amountNano: CREDIT_NANO.toString() },
    ],
  });
}

function textVariables(vars: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(vars).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}
