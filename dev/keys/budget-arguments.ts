import {
  BUDGET_PERIODS,
  isScopeName,
  isTag,
  isTimeZone,
  memberScope,
  ORGANIZATION_SCOPE,
  TAGS_MAX,
  tagScope,
  type BudgetLimit,
} from "#admission";
import { isId, parseUsd, type NanoUsd } from "#kernel";
import { KeyArgumentError, readList } from "./argument-error.ts";

export const SETTINGS_USAGE = "[--strict|--no-strict] [--time-zone <IANA name>]";
export const BUDGET_USAGE = "[--day <USD>] [--week <USD>] [--month <USD>] [--total <USD>]";

export const BUDGET_OPTIONS = {
  tags: { type: "string" },
  member: { type: "string" },
  strict: { type: "boolean" },
  "time-zone": { type: "string" },
  day: { type: "string" },
  week: { type: "string" },
  month: { type: "string" },
  total: { type: "string" },
  priority: { type: "string" },
} as const;

/** What of an organization is changed; null leaves it as it is. */
export interface SettingsInput {
  readonly strict: boolean | null;
  readonly timeZone: string | null;
}

const PRIORITY_MAX = 1000;
const TAG_OPTION_PREFIX = "tag:";

/** Throws `KeyArgumentError`, as all of these. */
export function readTags(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const tags = readList("--tags", text);
  if (tags.length > TAGS_MAX) throw new KeyArgumentError(`--tags takes at most ${TAGS_MAX} tags, not ${tags.length}`);
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) {
    throw new KeyArgumentError(
      `--tags: "${wrong}" is none: a tag has 1 to 64 of a-z, 0-9, "_", ".", ":" and "-", and begins with a letter or digit`,
    );
  }
  return tags;
}

export function readMember(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!isId("member", text)) throw new KeyArgumentError(`--member takes a member's id, mem_…, not "${text}"`);
  return text;
}

export function readSettings(strict: boolean | undefined, timeZone: string | undefined): SettingsInput {
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw new KeyArgumentError(
      `--time-zone: there is no "${timeZone}"; names are IANA's, such as Europe/Berlin or UTC`,
    );
  }
  if (strict === undefined && timeZone === undefined) {
    throw new KeyArgumentError("settings takes --strict or --no-strict, --time-zone, or both");
  }
  return { strict: strict ?? null, timeZone: timeZone ?? null };
}

/** `organization`, a member's id, or `tag:<name>`, as the name of the scope. */
export function readBudgetScope(text: string): string {
  const tag = text.startsWith(TAG_OPTION_PREFIX) ? text.slice(TAG_OPTION_PREFIX.length) : null;
  const scope = text === ORGANIZATION_SCOPE ? text : tag === null ? memberScope(text) : tagScope(tag);
  if (!isScopeName(scope)) {
    throw new KeyArgumentError(`a budget is one of organization, a member's id (mem_…) or tag:<name>, not "${text}"`);
  }
  return scope;
}

/** The limits that are named, in the order of the periods; none lifts them all. */
export function readLimits(
  values: Readonly<Partial<Record<(typeof BUDGET_PERIODS)[number], string | undefined>>>,
): readonly BudgetLimit[] {
  return BUDGET_PERIODS.flatMap((period) => {
    const text = values[period];
    return text === undefined ? [] : [{ period, limitNano: readAmount(`--${period}`, text) }];
  });
}

/** USD, zero included. */
export function readAmount(option: string, text: string): NanoUsd {
  const nano = parseUsd(text);
  if (nano === null || nano < 0n) {
    throw new KeyArgumentError(`${option} takes USD with up to nine decimals, such as 5.00, not "${text}"`);
  }
  return nano;
}

export function readPriority(text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : PRIORITY_MAX + 1;
  if (value > PRIORITY_MAX) {
    throw new KeyArgumentError(`--priority takes a whole number from 0 to ${PRIORITY_MAX}, not "${text}"`);
  }
  return value;
}
