import * as z from "zod/mini";
import { AppError } from "#kernel";

/** The most names in one list of a `provider` object. */
const LIST_MAXIMUM = 32;
const NAME_CHARACTERS_MAXIMUM = 64;
/** Of a USD amount, so that its digits are whole pico-USD. */
const PICO_DECIMALS = 12;

export type RouteSort = "price" | "latency" | "throughput";

/** What a request asks of its route: OpenRouter's `provider` object, and ours. Null: no wish. */
export interface ProviderPreferences {
  readonly order: readonly string[] | null;
  readonly only: readonly string[] | null;
  readonly ignore: readonly string[] | null;
  readonly sort: RouteSort | null;
  readonly maxPrice: MaxPrice | null;
  readonly requireParameters: boolean;
  readonly dataCollection: "deny" | null;
  readonly zdr: boolean;
  readonly regions: readonly string[] | null;
  readonly allowFallbacks: boolean;
  readonly quantizations: readonly string[] | null;
}

/** The dearest that an endpoint may be, in pico-USD per million tokens, per request and per image. */
export interface MaxPrice {
  readonly promptPico: bigint | null;
  readonly completionPico: bigint | null;
  readonly requestPico: bigint | null;
  readonly imagePico: bigint | null;
}

export const NO_PREFERENCES: ProviderPreferences = {
  order: null,
  only: null,
  ignore: null,
  sort: null,
  maxPrice: null,
  requireParameters: false,
  dataCollection: null,
  zdr: false,
  regions: null,
  allowFallbacks: true,
  quantizations: null,
};

const name = z.string().check(z.minLength(1), z.maxLength(NAME_CHARACTERS_MAXIMUM));
const names = z.optional(z.nullable(z.array(name).check(z.maxLength(LIST_MAXIMUM))));
const sort = z.enum(["price", "latency", "throughput"]);
const amount = z.optional(z.nullable(z.union([z.number(), z.string()])));

const schema = z.strictObject({
  order: names,
  only: names,
  ignore: names,
  sort: z.optional(z.nullable(z.union([sort, z.object({ by: sort })]))),
  max_price: z.optional(
    z.nullable(z.strictObject({ prompt: amount, completion: amount, request: amount, image: amount })),
  ),
  require_parameters: z.optional(z.nullable(z.boolean())),
  data_collection: z.optional(z.nullable(z.enum(["allow", "deny"]))),
  zdr: z.optional(z.nullable(z.boolean())),
  region: z.optional(z.nullable(z.union([name, z.array(name).check(z.maxLength(LIST_MAXIMUM))]))),
  allow_fallbacks: z.optional(z.nullable(z.boolean())),
  quantizations: names,
});

/**
 * Reads the body's `provider` object. Throws AppError `invalid_parameter` that names the member at fault: a wish that
 * was misspelt must not be ignored. Source: OpenRouter's provider routing, design GATEWAY section 4.
 */
export function parseProviderPreferences(value: unknown): ProviderPreferences {
  if (value === undefined || value === null) return NO_PREFERENCES;
  const result = schema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const unknown = issue?.code === "unrecognized_keys" ? "holds a member that is not known." : "is not valid.";
    throw invalid(["provider", ...(issue?.path ?? [])].map(String).join("."), unknown);
  }
  const { data } = result;
  return {
    order: data.order ?? null,
    only: data.only ?? null,
    ignore: data.ignore ?? null,
    sort: typeof data.sort === "object" ? (data.sort?.by ?? null) : (data.sort ?? null),
    maxPrice: data.max_price ? readMaxPrice(data.max_price) : null,
    requireParameters: data.require_parameters ?? false,
    dataCollection: data.data_collection === "deny" ? "deny" : null,
    zdr: data.zdr ?? false,
    regions: typeof data.region === "string" ? [data.region] : (data.region ?? null),
    allowFallbacks: data.allow_fallbacks ?? true,
    quantizations: data.quantizations ?? null,
  };
}

function readMaxPrice(max: Readonly<Record<string, number | string | null | undefined>>): MaxPrice {
  return {
    promptPico: readPico(max["prompt"], "prompt"),
    completionPico: readPico(max["completion"], "completion"),
    requestPico: readPico(max["request"], "request"),
    imagePico: readPico(max["image"], "image"),
  };
}

/** Exact: the decimal's own digits, never a float. */
function readPico(value: number | string | null | undefined, member: string): bigint | null {
  if (value === undefined || value === null) return null;
  const match = /^(\d{1,9})(?:\.(\d{1,12}))?$/.exec(String(value));
  if (!match) throw invalid(`provider.max_price.${member}`, "wants USD as a decimal, such as 2.5.");
  const [, whole = "0", fraction = ""] = match;
  return BigInt(whole + fraction.padEnd(PICO_DECIMALS, "0"));
}

function invalid(param: string, reason: string): AppError {
  return new AppError("invalid_parameter", { param, params: { param, reason } });
}
