import { parseArgs } from "node:util";
import { BUDGET_PERIODS, OWN_KEY_MODES, type BudgetLimit, type OwnKeyMode } from "#admission";
import { findModel, nearMatches } from "#catalog";
import { isId, type KeyMode, type RoutingPolicy } from "#kernel";
import { SCOPES, type Scope } from "#keys";
import { KeyArgumentError, readList } from "./argument-error.ts";
import {
  BUDGET_OPTIONS,
  BUDGET_USAGE,
  readAmount,
  readBudgetScope,
  readLimits,
  readMember,
  readPriority,
  readSettings,
  readTags,
  SETTINGS_USAGE,
  type SettingsInput,
} from "./budget-arguments.ts";
import type { KeyInput } from "./create-key.ts";
import type { CreditInput } from "./set-budgets.ts";
import { POLICY_OPTIONS, POLICY_USAGE, readGuardrails, readPolicy, readProvider } from "./policy-arguments.ts";

export const USAGE = `npm run key -- create --org <name or id> [--name <text>] [--mode live|test] [--budget <USD> --period day|week|month|total]
    [--rpm <n>] [--tpm <n>] [--concurrency <n>] [--models <a,b>] [--scopes <a,b>] [--expires <ISO 8601>] [--json]
    ${POLICY_USAGE}
    [--guard-secrets warn|redact|block] [--guard-cards warn|redact|block]
    [--strict] [--member <mem_…>] [--tags <a,b>]
npm run key -- revoke <key id> [--json]
npm run key -- org <name or id> [--json]  (replaces the organization's policy; without options it has none)
    ${POLICY_USAGE}
npm run key -- settings <org name or id> ${SETTINGS_USAGE} [--json]
npm run key -- budget <org name or id> organization|<mem_…>|tag:<name> [--json]  (replaces its limits; without options it has none)
    ${BUDGET_USAGE}
npm run key -- credit <org name or id> <USD> [--expires <ISO 8601>] [--priority <n>] [--json]  (promotional)
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
  | {
      readonly verb: "settings";
      readonly organization: string;
      readonly settings: SettingsInput;
      readonly json: boolean;
    }
  | BudgetCommand
  | {
      readonly verb: "credit";
      readonly organization: string;
      readonly credit: CreditInput;
      readonly json: boolean;
    }
  | ByokCommand;

export interface BudgetCommand {
  readonly verb: "budget";
  readonly organization: string;
  /** As src/admission/scope-name.ts writes it. */
  readonly scope: string;
  readonly limits: readonly BudgetLimit[];
  readonly json: boolean;
}

export interface ByokCommand {
  readonly verb: "byok";
  readonly organization: string;
  readonly provider: string;
  /** `off` removes the key. */
  readonly mode: OwnKeyMode | "off";
  readonly json: boolean;
}

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
  ...BUDGET_OPTIONS,
  json: { type: "boolean" },
} as const;

type Option = keyof typeof OPTIONS;
const GUARD_OPTIONS = ["guard-secrets", "guard-cards"] as const;
const RULE_OPTIONS = ["data-collection", "zdr", "region", "only", "ignore"] as const;
const LIMIT_OPTIONS = ["name", "mode", "budget", "period", "rpm", "tpm", "concurrency", "models", "scopes"] as const;

/** What belongs to which verb: an option that a verb would pass over was meant for something. */
const VERB_OPTIONS = {
  create: ["org", ...LIMIT_OPTIONS, "expires", ...RULE_OPTIONS, ...GUARD_OPTIONS, "strict", "member", "tags"],
  revoke: [],
  org: RULE_OPTIONS,
  settings: ["strict", "time-zone"],
  budget: BUDGET_PERIODS,
  credit: ["expires", "priority"],
  byok: ["mode"],
} as const satisfies Record<KeyCommand["verb"], readonly Option[]>;

const VERBS = ["create", "revoke", "org", "settings", "budget", "credit", "byok"] as const;

type Values = ReturnType<typeof parse>["values"];

/** Reads the command line. Throws `KeyArgumentError`. */
export function readKeyCommand(argv: readonly string[], nowMs: number): KeyCommand {
  const { values, positionals } = parse(argv);
  const json = values.json ?? false;
  const [first, ...rest] = positionals;
  const verb = VERBS.find((known) => known === first);
  if (verb === undefined) throw new KeyArgumentError(`the verb is one of ${VERBS.join(", ")}`);
  refuseStrayOptions(verb, values);
  if (verb === "settings") {
    return {
      verb,
      organization: readOne(verb, rest),
      settings: readSettings(values.strict, values["time-zone"]),
      json,
    };
  }
  if (verb === "budget") {
    const [organization, name] = readTwo(verb, "an organization and whose budget it is", rest);
    return { verb, organization, scope: readBudgetScope(name), limits: readLimits(values), json };
  }
  if (verb === "credit") return { verb, ...readCredit(rest, values, nowMs), json };
  if (verb === "revoke") {
    const [keyId = ""] = rest;
    if (rest.length !== 1 || !isId("apiKey", keyId)) throw new KeyArgumentError("revoke takes one key id, key_…");
    return { verb, keyId, json };
  }
  if (verb === "org") return { verb, organization: readOne(verb, rest), policy: readPolicy(values), json };
  if (verb === "byok") return readByok(rest, values.mode, json);
  if (rest.length > 0) throw new KeyArgumentError(`the verb create takes options alone, not "${rest[0]}"`);
  if (values.org === undefined || values.org === "") throw new KeyArgumentError("--org is missing");
  return { verb, organization: values.org, input: readInput(values, nowMs), json };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true, allowNegative: true });
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
    strict: values.strict ?? false,
    memberId: readMember(values.member),
    tags: readTags(values.tags),
  };
}

function refuseStrayOptions(verb: KeyCommand["verb"], values: Values): void {
  const known: readonly string[] = VERB_OPTIONS[verb];
  const stray = Object.keys(values).find((option) => option !== "json" && !known.includes(option));
  if (stray !== undefined) throw new KeyArgumentError(`${verb} does not take --${stray}`);
}

function readOne(verb: string, rest: readonly string[]): string {
  const [organization = ""] = rest;
  if (rest.length !== 1 || organization === "") throw new KeyArgumentError(`${verb} takes one organization`);
  return organization;
}

function readTwo(verb: string, what: string, rest: readonly string[]): readonly [string, string] {
  const [organization = "", second = ""] = rest;
  if (rest.length !== 2 || organization === "") throw new KeyArgumentError(`${verb} takes ${what}`);
  return [organization, second];
}

function readCredit(rest: readonly string[], values: Values, nowMs: number) {
  const [organization, amount] = readTwo("credit", "an organization and an amount in USD", rest);
  const amountNano = readAmount("credit", amount);
  if (amountNano === 0n) throw new KeyArgumentError("credit takes an amount above zero");
  const credit = { amountNano, priority: readPriority(values.priority), expiresAt: readExpiry(values.expires, nowMs) };
  return { organization, credit };
}

function readByok(rest: readonly string[], modeText: string | undefined, json: boolean): ByokCommand {
  const [organization, provider] = readTwo("byok", "an organization and a provider", rest);
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
  const limitNano = readAmount("--budget", amount);
  const known = BUDGET_PERIODS.find((name) => name === period);
  if (!known) throw new KeyArgumentError(`--period is one of ${BUDGET_PERIODS.join(", ")}, not "${period}"`);
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
