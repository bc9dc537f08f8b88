import type { FieldRule, HoldingSpec } from "./types.ts";

const diagnostic = (purpose: FieldRule["purposes"][0] = "maintenance"): FieldRule => ({
  category: "usage",
  origin: "generated",
  purposes: [purpose],
  basis: "legitimate_interests",
  recipients: ["cloudflare"],
  clause: "2c",
  export: true,
  erase: "keep",
});

const operational: FieldRule = {
  category: "operational",
  origin: "generated",
  purposes: ["maintenance"],
  basis: "none",
  recipients: ["cloudflare"],
  clause: "2e",
  export: false,
  erase: "keep",
};

const FIELDS = {
  time: operational,
  level: operational,
  /** A fixed word of ours that names the event, never text from outside. */
  message: operational,
  request_id: diagnostic("customer_support"),
  org_id: diagnostic("customer_support"),
  key_id: diagnostic("customer_support"),
  route: diagnostic(),
  model: diagnostic("routing"),
  provider: diagnostic("routing"),
  endpoint: diagnostic("routing"),
  status: diagnostic(),
  error_code: diagnostic(),
  outcome: diagnostic(),
  kind: diagnostic("wallet_settlement"),
  streamed: diagnostic(),
  duration_ms: diagnostic(),
  first_byte_ms: diagnostic(),
  cost_nano: diagnostic("wallet_settlement"),
  amount_nano: diagnostic("wallet_settlement"),
  units: diagnostic("wallet_settlement"),
  attempts: diagnostic("routing"),
  applied: operational,
  failed: operational,
  waiting: operational,
  set_aside: operational,
  compared: operational,
  differences: operational,
  settlement_lag_ms: operational,
  unobserved: operational,
  leases_lost: operational,
  /** Records that an Account object was told and did not have. */
  drifted: operational,
  sealed: operational,
  unsealed: operational,
  purged: operational,
  /** A public door, by its name in the policy table. */
  door: operational,
  /** Where a chain of the audit log ends: its name is an organization's id, or `platform`. */
  chain: diagnostic("access_control"),
  position: operational,
  mac: operational,
} as const satisfies Record<string, FieldRule>;

export type LogField = keyof typeof FIELDS;

/** Every field that a log line may carry: the allow-list is the map. */
export const LOG_FIELDS: ReadonlySet<string> = new Set(Object.keys(FIELDS));

/** The declaration of our log lines in the data map. */
export const LOG_HOLDING: HoldingSpec<LogField> = {
  subjects: ["api_user"],
  ownedVia: { column: "org_id", of: "organization" },
  retention: "diagnostics",
  fields: FIELDS,
};

type LogScalar = string | number | boolean | null;
type LogValue = LogScalar | readonly LogAttempt[] | Readonly<Record<string, number>>;

/** One upstream try in a log line. Codes and times only. */
interface LogAttempt {
  readonly endpoint: string;
  readonly provider: string;
  readonly status: number | null;
  readonly code: string | null;
  readonly duration_ms: number;
}

export type LogLine = { readonly [Field in LogField]?: Field extends "message" ? string : LogValue | undefined };

const VALUE_MAX_CHARACTERS = 256;
const ATTEMPTS_MAX = 16;
const UNITS_MAX = 32;

/**
 * One structured log line. Only mapped fields pass, whatever the caller's object holds at run time; texts are cut, and
 * nested values are rebuilt from the fields they may have (traps S1, S27).
 */
export function logLine(line: LogLine): string {
  const clean: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(line)) {
    if (LOG_FIELDS.has(field) && value !== undefined) clean[field] = cleanValue(field, value);
  }
  return JSON.stringify(clean);
}

function cleanValue(field: string, value: LogValue): unknown {
  if (typeof value === "string") return value.slice(0, VALUE_MAX_CHARACTERS);
  if (typeof value !== "object" || value === null) return value;
  if (field === "attempts" && isAttempts(value)) return value.slice(0, ATTEMPTS_MAX).map(cleanAttempt);
  if (field === "units") return Object.fromEntries(Object.entries(value).filter(isCount).slice(0, UNITS_MAX));
  return null;
}

function cleanAttempt({ endpoint, provider, status, code, duration_ms }: LogAttempt): LogAttempt {
  return { endpoint, provider, status, code, duration_ms };
}

function isAttempts(value: LogValue): value is readonly LogAttempt[] {
  return Array.isArray(value);
}

function isCount([, value]: [string, unknown]): boolean {
  return typeof value === "number";
}
