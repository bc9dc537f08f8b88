import type { ParseArgsOptionsConfig } from "node:util";
import type { paths } from "../client/generated.ts";
import { oneOf, textOption, type Command, type OptionValues } from "../command.ts";
import { CliError, EXIT } from "../exit-codes.ts";

export type NewKey = paths["/organizations/{org}/keys"]["post"]["requestBody"]["content"]["application/json"];

export const KEY_HELP: Command["help"] = [
  ["--name <text>", "what it is for (required)"],
  ["--mode live|test", "test keys reach the free sandbox alone"],
  ["--budget <USD> --period day|week|month|total", "what it may spend"],
  ["--models <a,b>", "the models that it may call; all, when absent"],
  ["--scopes <a,b>", "inference, models:read, account:read"],
  ["--expires <ISO 8601>", "when it ends"],
  ["--rpm <n>  --tpm <n>  --concurrency <n>", "requests and tokens per minute, requests at once"],
  ["--tags <a,b>", "labels, for budgets and usage"],
  ["--strict", "admit by the account alone, never by a lease"],
];

const text = { type: "string" } as const;
export const KEY_OPTIONS = {
  name: text,
  mode: text,
  budget: text,
  period: text,
  models: text,
  scopes: text,
  expires: text,
  rpm: text,
  tpm: text,
  concurrency: text,
  tags: text,
  strict: { type: "boolean" },
} as const satisfies ParseArgsOptionsConfig;

const MODES = ["live", "test"] as const;
const PERIODS = ["day", "week", "month", "total"] as const;
const SCOPES = ["inference", "models:read", "account:read"] as const;

/** The body of a new key from its options. What was not said is the service's to decide. */
export function readKeySettings(values: OptionValues): NewKey {
  const name = textOption(values, "name");
  if (name === undefined) throw new CliError(EXIT.usage, "--name says what the key is for.");
  const [mode, models, scopes, expires, tags] = ["mode", "models", "scopes", "expires", "tags"].map((one) =>
    textOption(values, one),
  );
  return {
    name,
    ...(mode === undefined ? {} : { mode: oneOf("--mode", mode, MODES) }),
    ...(models === undefined ? {} : { models: listOf("--models", models) }),
    ...(scopes === undefined
      ? {}
      : { scopes: listOf("--scopes", scopes).map((scope) => oneOf("--scopes", scope, SCOPES)) }),
    ...(expires === undefined ? {} : { expires_at: instantOf("--expires", expires) }),
    ...(tags === undefined ? {} : { tags: listOf("--tags", tags) }),
    ...numberIn(values, "rpm", "requests_per_minute"),
    ...numberIn(values, "tpm", "tokens_per_minute"),
    ...numberIn(values, "concurrency", "concurrency"),
    ...budgetIn(values),
    ...(values["strict"] === true ? { strict: true } : {}),
  };
}

function budgetIn(values: OptionValues): Pick<NewKey, "budget"> {
  const [budget, period] = [textOption(values, "budget"), textOption(values, "period")];
  if (budget === undefined && period === undefined) return {};
  if (budget === undefined || period === undefined)
    throw new CliError(EXIT.usage, "--budget and --period belong together.");
  if (!/^\d+(\.\d+)?$/.test(budget)) throw new CliError(EXIT.usage, "--budget is an amount in USD like 12.50.");
  return { budget: { limit_usd: budget, period: oneOf("--period", period, PERIODS) } };
}

function numberIn<Name extends "requests_per_minute" | "tokens_per_minute" | "concurrency">(
  values: OptionValues,
  option: string,
  name: Name,
): { readonly [One in Name]?: number } {
  const value = textOption(values, option);
  if (value === undefined) return {};
  if (!/^[1-9]\d{0,9}$/.test(value)) throw new CliError(EXIT.usage, `--${option} is a whole number from 1.`);
  const found: { [One in Name]?: number } = {};
  found[name] = Number(value);
  return found;
}

function listOf(option: string, value: string): string[] {
  const items = value.split(",").map((item) => item.trim());
  if (items.includes("")) throw new CliError(EXIT.usage, `${option} takes names separated by commas.`);
  return [...new Set(items)];
}

function instantOf(option: string, value: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}(T|$)/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(ms)) throw new CliError(EXIT.usage, `${option} is a time like 2027-01-31 or 2027-01-31T12:00:00Z.`);
  return new Date(ms).toISOString();
}
