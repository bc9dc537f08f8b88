import { GUARDRAIL_ACTIONS, type GuardrailAction, type GuardrailSettings, type RoutingPolicy } from "#kernel";
import { PROVIDERS } from "#providers";
import { KeyArgumentError, readList } from "./argument-error.ts";

export const POLICY_USAGE = "[--data-collection deny] [--zdr] [--region <a,b>] [--only <a,b>] [--ignore <a,b>]";

export const POLICY_OPTIONS = {
  "data-collection": { type: "string" },
  zdr: { type: "boolean" },
  region: { type: "string" },
  only: { type: "string" },
  ignore: { type: "string" },
  "guard-secrets": { type: "string" },
  "guard-cards": { type: "string" },
} as const;

interface PolicyValues {
  readonly "data-collection"?: string | undefined;
  readonly zdr?: boolean | undefined;
  readonly region?: string | undefined;
  readonly only?: string | undefined;
  readonly ignore?: string | undefined;
  readonly "guard-secrets"?: string | undefined;
  readonly "guard-cards"?: string | undefined;
}

/** Null where no option names a rule. Throws `KeyArgumentError`. */
export function readPolicy(values: PolicyValues): RoutingPolicy | null {
  const collection = values["data-collection"];
  if (collection !== undefined && collection !== "deny") {
    throw new KeyArgumentError(`--data-collection is deny, or left out, not "${collection}"`);
  }
  const policy: RoutingPolicy = {
    dataCollection: collection ?? null,
    zdr: values.zdr ?? false,
    regions: readRegions(values.region),
    providersOnly: readProviders("--only", values.only),
    providersIgnore: readProviders("--ignore", values.ignore),
  };
  return Object.values(policy).every((rule) => rule === null || rule === false) ? null : policy;
}

/** Null where no option names an action. Throws `KeyArgumentError`. */
export function readGuardrails(values: PolicyValues): GuardrailSettings | null {
  const secrets = readAction("--guard-secrets", values["guard-secrets"]);
  const cards = readAction("--guard-cards", values["guard-cards"]);
  return secrets === "off" && cards === "off" ? null : { secrets, cards };
}

/** A provider that the gateway knows. Throws `KeyArgumentError`. */
export function readProvider(option: string, id: string): string {
  const ids = PROVIDERS.map((spec) => spec.id);
  if (!ids.includes(id)) throw new KeyArgumentError(`${option}: "${id}" is none of ${ids.join(", ")}`);
  return id;
}

function readProviders(option: string, text: string | undefined): readonly string[] | null {
  return text === undefined ? null : readList(option, text).map((id) => readProvider(option, id));
}

function readRegions(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const regions = readList("--region", text);
  const wrong = regions.find((region) => !/^[a-z][a-z0-9-]{0,31}$/.test(region));
  if (wrong !== undefined) throw new KeyArgumentError(`--region takes names such as eu or us, not "${wrong}"`);
  return regions;
}

function readAction(option: string, text: string | undefined): GuardrailAction {
  if (text === undefined) return "off";
  const action = GUARDRAIL_ACTIONS.find((known) => known === text);
  if (!action) throw new KeyArgumentError(`${option} is one of ${GUARDRAIL_ACTIONS.join(", ")}, not "${text}"`);
  return action;
}
