import { parseArgs } from "node:util";
import { OWN_KEY_MODES, type BudgetPeriod, type OwnKeyMode } from "#admission";
import { findModel, nearMatches } from "#catalog";
import { isId, parseUsd, type KeyMode, type RoutingPolicy } from "#kernel";
import { SCOPES, type Scope } from "#keys";
import { KeyArgumentError, readList } from "./argument-error.ts";
import type { KeyInput } from "./create-key.ts";
import { POLICY_OPTIONS, POLICY_USAGE, readGuardrails, readPolicy, readProvider } from "./policy-arguments.ts";

export const USAGE = `npm run key -- create --org <name or id> [--name <text>] [--mode live|test] [--budget <USD> --period day|week|month|total]
    [--rpm <n>] [--tpm <n>] [--concurrency <n>] [--models <a,b>] [--scopes <a,b>] [--expires <ISO 8601>] [--json]
    ${POLICY_USAGE}
    [--guard-secrets warn|redact|block] [--guard-cards warn|redact|block]
npm run key -- revoke <key id> [--json]
npm run key -- org <name or id> [--json]  (replaces the organization's policy; without options it has none)
    ${POLICY_USAGE}
npm run key -- byok <org name or id> <provider> --mode first|only|off [--json]  (the provider's key is read from stdin)`;

export type KeyCommand =
  | { readonly verb: "create"; readonly organization: string; readonly input: KeyInput; readonly json: boolean }
  | { readonly verb: "revoke"; readonly keyId: string; readonly json: boolean }
  | {
      readonly verb: "org";
      readonly organization: string;
      readonly policy: RoutingPolicy | null;
      readonly json: boolean;
    }
  | ByokCommand;

export interface ByokCommand {
  readonly verb: "byok";
  readonly organization: string;
  readonly provider: string;
  /** `off` removes the key. */
  readonly mode: OwnKeyMode | "off";
  readonly json: boolean;
}

const PERIODS = ["day", "week", "month", "total"] as const satisfies readonly BudgetPeriod[];
const MAX_LIMIT = 2_147_483_647;
const MAX_NAME_CHARACTERS = 200;
const SUGGESTIONS = 3;

const OPTIONS = {
  org: { type: "string" },
  name: { type: "string" },
  mode: { type: "string" },
  budget: { type: "string" },
  period: { type: "string" },
  rpm: { type: "string" },
  tpm: { type: "string" },
  concurrency: { type: "string" },
  models: { type: "string" },
  scopes: { type: "string" },
  expires: { type: "string" },
  ...POLICY_OPTIONS,
  json: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parse>["values"];

/** Reads the command line. Throws `KeyArgumentError`. */
export function readKeyCommand(argv: readonly string[], nowMs: number): KeyCommand {
  const { values, positionals } = parse(argv);
  const json = values.json ?? false;
  const [verb, ...rest] = positionals;
  if (verb === "revoke") {
    const [keyId = ""] = rest;
    if (rest.length !== 1 || !isId("apiKey", keyId)) throw new KeyArgumentError("revoke takes one key id, key_…");
    return { verb, keyId, json };
  }
  if (verb === "org") {
    const [organization = ""] = rest;
    if (rest.length !== 1 || organization === "") throw new KeyArgumentError("org takes one organization");
    return { verb, organization, policy: readPolicy(values), json };
  }
  if (verb === "byok") return readByok(rest, values.mode, json);
  if (verb !== "create" || rest.length > 0) throw new KeyArgumentError("the verb is create, revoke, org or byok");
  if (values.org === undefined || values.org === "") throw new KeyArgumentError("--org is missing");
  return { verb, organization: values.org, input: readInput(values, nowMs), json };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new KeyArgumentError(error instanceof Error ? error.message : "unreadable arguments");
  }
}

function readInput(values: Values, nowMs: number): KeyInput {
  const name = values.name ?? "API key";
  if (name === "" || name.length > MAX_NAME_CHARACTERS) {
    throw new KeyArgumentError(`--name takes 1 to ${MAX_NAME_CHARACTERS} characters`);
  }
  return {
    name,
    mode: readMode(values.mode),
    scopes: readScopes(values.scopes),
    models: readModels(values.models),
    expiresAt: readExpiry(values.expires, nowMs),
    requestsPerMinute: readLimit("--rpm", values.rpm),
    tokensPerMinute: readLimit("--tpm", values.tpm),
    concurrency: readLimit("--concurrency", values.concurrency),
    budget: readBudget(values.budget, values.period),
    policy: readPolicy(values),
    guardrails: readGuardrails(values),
  };
}

function readByok(rest: readonly string[], modeText: string | undefined, json: boolean): ByokCommand {
  const [organization = "", provider = ""] = rest;
  if (rest.length !== 2 || organization === "") throw new KeyArgumentError("byok takes an organization and a provider");
  const mode = [...OWN_KEY_MODES, "off" as const].find((known) => known === modeText);
  if (!mode) throw new KeyArgumentError(`--mode is one of ${OWN_KEY_MODES.join(", ")}, off, not "${modeText ?? ""}"`);
  return { verb: "byok", organization, provider: readProvider("byok", provider), mode, json };
}

function readMode(text: string | undefined): KeyMode {
  if (text === undefined || text === "live") return "live";
  if (text === "test") return "test";
  throw new KeyArgumentError(`--mode is live or test, not "${text}"`);
}

function readLimit(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MAX_LIMIT) {
    throw new KeyArgumentError(`${option} takes a whole number from 1 to ${MAX_LIMIT}, not "${text}"`);
  }
  return value;
}

function readBudget(amount: string | undefined, period: string | undefined): KeyInput["budget"] {
  if (amount === undefined && period === undefined) return null;
  if (amount === undefined || period === undefined) throw new KeyArgumentError("--budget and --period go together");
  const limitNano = parseUsd(amount);
  if (limitNano === null || limitNano < 0n) {
    throw new KeyArgumentError(`--budget takes USD with up to nine decimals, such as 5.00, not "${amount}"`);
  }
  const known = PERIODS.find((name) => name === period);
  if (!known) throw new KeyArgumentError(`--period is one of ${PERIODS.join(", ")}, not "${period}"`);
  return { limitNano, period: known };
}

function readScopes(text: string | undefined): readonly Scope[] {
  if (text === undefined) return SCOPES;
  return readList("--scopes", text).map((item) => {
    const scope = SCOPES.find((known) => known === item);
    if (!scope) throw new KeyArgumentError(`--scopes: "${item}" is none of ${SCOPES.join(", ")}`);
    return scope;
  });
}

/** Public ids; an alias is stored as the id it stands for, because that is what calls are checked against. */
function readModels(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  return readList("--models", text).map((item) => {
    const model = findModel(item);
    if (model) return model.id;
    const near = nearMatches(item, SUGGESTIONS);
    const hint = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
    throw new KeyArgumentError(`--models: there is no model "${item}"${hint}`);
  });
}

function readExpiry(text: string | undefined, nowMs: number): Date | null {
  if (text === undefined) return null;
  const timeMs = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs)) throw new KeyArgumentError(`--expires takes an ISO 8601 date or instant, not "${text}"`);
  if (timeMs <= nowMs) throw new KeyArgumentError(`--expires: ${text} is past`);
  return new Date(timeMs);
}
