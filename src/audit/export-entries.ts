import type { AuditEntry, AuditSeal } from "./chain.ts";

export const EXPORT_FORMATS = ["jsonl", "csv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** An entry with its seal; null while it waits for the sealer. */
export interface ExportedEntry {
  readonly entry: AuditEntry;
  readonly seal: AuditSeal | null;
}

const COLUMNS = [
  "id",
  "seq",
  "org_id",
  "occurred_at",
  "actor_kind",
  "actor_id",
  "action",
  "target_id",
  "request_id",
  "chain",
  "position",
  "mac",
  "key_version",
  "sealed_at",
  "details",
] as const;

/** Spreadsheets take what begins so for a formula, or pass over what stands in front of one (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n]/;
const MICROS_PER_MS = 1_000n;
const MICROS_DIGITS = 3;

/** The text of an export, page by page. JSON lines keep every value; in CSV what a spreadsheet would run is defused. */
export async function* exportEntries(
  pages: AsyncIterable<readonly ExportedEntry[]>,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === "csv") yield `${COLUMNS.join(",")}\r\n`;
  for await (const page of pages) {
    yield page.map((row) => (format === "csv" ? csvLine(row) : jsonLine(row))).join("");
  }
}

/** `details` is JSON already, and stays as it is stored: numbers of money have more digits than a double. */
function jsonLine({ entry, seal }: ExportedEntry): string {
  const { details, ...rest } = valuesOf(entry, seal);
  return `${JSON.stringify(rest).slice(0, -1)},"details":${details}}\n`;
}

function csvLine({ entry, seal }: ExportedEntry): string {
  const values = valuesOf(entry, seal);
  return `${COLUMNS.map((column) => csvCell(values[column])).join(",")}\r\n`;
}

function csvCell(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  const defused = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}

function valuesOf(entry: AuditEntry, seal: AuditSeal | null): Record<(typeof COLUMNS)[number], string | number | null> {
  return {
    id: entry.id,
    seq: entry.seq,
    org_id: entry.orgId,
    occurred_at: isoText(entry.occurredAt),
    actor_kind: entry.actorKind,
    actor_id: entry.actorId,
    action: entry.action,
    target_id: entry.targetId,
    request_id: entry.requestId,
    chain: seal?.chain ?? null,
    position: seal?.position ?? null,
    mac: seal?.mac ?? null,
    key_version: seal?.keyVersion ?? null,
    sealed_at: seal === null ? null : isoText(seal.sealedAt),
    details: entry.details,
  };
}

/** ISO 8601 in UTC with all six decimals; what is no such instant stays as it is stored. */
function isoText(epoch: string): string {
  if (!/^\d{1,11}\.\d{6}$/.test(epoch)) return epoch;
  const micros = BigInt(epoch.replace(".", ""));
  const iso = new Date(Number(micros / MICROS_PER_MS)).toISOString();
  return iso.replace("Z", `${String(micros % MICROS_PER_MS).padStart(MICROS_DIGITS, "0")}Z`);
}
