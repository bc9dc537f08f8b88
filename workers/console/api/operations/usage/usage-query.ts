import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findOrganization, type Database, type UsageFilters } from "#store";
import { dateStartMs, dayStartMs, type InstantRange } from "#usage";
import { idOf, timeZone } from "../../schemas.ts";

const DAY_MS = 86_400_000;
/** Receipts are kept for 13 months. */
const RANGE_DAYS_MAX = 400;
const RANGE_DAYS_DEFAULT = 30;
const YEAR_MIN = 2020;
const YEAR_MAX = 2100;
const STATUS_MAX = 599;
const NAME_CHARACTERS_MAX = 200;
const DATE_CHARACTERS = 10;

/** Nothing was before, and nothing of now is after: what a clock, a zone or a database thinks of such years is not asked. */
const bound = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], "is no date like '2026-11-22' and no instant with its zone")
  .refine((text) => isBetween(Number(text.slice(0, 4)), YEAR_MIN, YEAR_MAX), "is of no year that has usage");

/** When: the same in every operation about usage. */
export const rangeQuery = {
  from: bound.optional().openapi({
    type: "string",
    description: "A date, which begins when it does in the time zone, or an instant. Default: 30 days before `to`.",
    example: "2026-11-01",
  }),
  to: bound.optional().openapi({
    type: "string",
    description: "As `from`; what begins then is not in the range any more. Default: now.",
    example: "2026-12-01",
  }),
  time_zone: timeZone.optional().openapi({ description: "Default: the organization's.", example: "Europe/Berlin" }),
} as const;

const named = z.string().min(1).max(NAME_CHARACTERS_MAX);

/** Which calls. `member` and `tag` are those of their keys as they are now. */
export const filterQuery = {
  key: idOf("apiKey").optional(),
  member: idOf("member").optional(),
  tag: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_.:-]{0,63}$/, "is no tag")
    .optional(),
  model: named.optional().openapi({ example: "openai/gpt-5" }),
  provider: named.optional().openapi({ example: "openai" }),
  status: z
    .string()
    .regex(/^[1-5]\d\d$/, "is no HTTP status")
    .transform(Number)
    .optional()
    .openapi({ type: "integer", minimum: 100, maximum: STATUS_MAX }),
  mode: z.enum(["live", "test"]).optional(),
} as const;

type Filters = { readonly [Name in keyof UsageFilters]: UsageFilters[Name] };

export const filtersOf = ({ key, member, tag, model, provider, status, mode }: Filters): UsageFilters => ({
  key,
  member,
  tag,
  model,
  provider,
  status,
  mode,
});

interface AskedRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly time_zone?: string | undefined;
}

/** The zone that was asked for, or the organization's. */
export async function zoneOf(db: Database, orgId: string, asked: AskedRange): Promise<string> {
  if (asked.time_zone !== undefined) return asked.time_zone;
  const organization = await findOrganization(db, orgId);
  if (organization === null) throw new AppError("not_found");
  return organization.timeZone;
}

/** The range in instants. Throws `invalid_parameter` where it is empty or longer than receipts are kept. */
export function rangeOf(asked: AskedRange, zone: string, nowMs: number): InstantRange {
  const toMs = asked.to === undefined ? nowMs : boundMs(asked.to, zone);
  const fromMs =
    asked.from === undefined ? dayStartMs(toMs - RANGE_DAYS_DEFAULT * DAY_MS, zone) : boundMs(asked.from, zone);
  if (fromMs >= toMs) throw refused("from", "is not before 'to'.");
  if (toMs - fromMs > RANGE_DAYS_MAX * DAY_MS)
    throw refused("from", `is more than ${RANGE_DAYS_MAX} days before 'to'.`);
  return { fromMs, toMs };
}

export const refused = (param: string, reason: string): AppError =>
  new AppError("invalid_parameter", { param, params: { param, reason } });

const boundMs = (text: string, zone: string): number =>
  text.length === DATE_CHARACTERS ? dateStartMs(text, zone) : Date.parse(text);

const isBetween = (value: number, least: number, most: number): boolean => value >= least && value < most;
