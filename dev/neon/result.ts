import { types } from "pg";
import type { RawResult } from "../database/database.ts";
import { parseText } from "../database/parse-text.ts";

/** Type OIDs from Postgres' catalogue (pg_type.dat), as `pg` names them, plus the arrays it has no names for. */
const BOOL: number = types.builtins.BOOL;
const NUMBERS = new Set<number>([types.builtins.INT2, types.builtins.INT4]);
const FLOATS = new Set<number>([types.builtins.FLOAT4, types.builtins.FLOAT8]);
const JSONS = new Set<number>([types.builtins.JSON, types.builtins.JSONB]);
/** bool[], int2[], int4[], text[], varchar[], float4[], float8[], json[], jsonb[]: arrays that read as JSON arrays. */
const JSON_ARRAYS = new Set([1000, 1005, 1007, 1009, 1015, 1021, 1022, 199, 3807]);

/** One result as Neon answers it: `{command, rowCount, rows, fields, rowAsArray}`. */
export function neonResult(
  result: RawResult,
  format: { readonly rawText: boolean; readonly arrayMode: boolean },
): object {
  const { command, rowCount, fields } = result;
  const valueOf = (value: string | null, index: number): unknown =>
    value === null || format.rawText ? value : jsonValue(value, fields[index]?.dataTypeID ?? 0);
  const rows = result.rows.map((row) => {
    const values = row.map(valueOf);
    if (format.arrayMode) return values;
    return Object.fromEntries(fields.map((field, index) => [field.name, values[index] ?? null]));
  });
  return { command: command.split(" ")[0] ?? "", rowCount, rows, fields, rowAsArray: format.arrayMode };
}

/** A value as Neon's proxy puts it into JSON: what JSON can hold exactly becomes JSON, everything else stays text. */
function jsonValue(text: string, type: number): unknown {
  if (type === BOOL) return text === "t";
  if (NUMBERS.has(type)) return Number(text);
  if (FLOATS.has(type)) return Number.isFinite(Number(text)) ? Number(text) : text;
  if (JSONS.has(type)) return JSON.parse(text);
  return JSON_ARRAYS.has(type) ? parseText(type, text) : text;
}
