import type { SQL } from "drizzle-orm";
import { z } from "zod";
import { nanoFromText, type NanoUsd } from "#kernel";
import type { Database } from "../control-outbox.ts";

/** Sums in SQL are numeric: whole, and in the range of an amount. */
export const nano = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform((text): NanoUsd => nanoFromText(text));

const rows = z.object({ rows: z.tuple([z.object({ answer: z.string() })]) });

/** Runs a statement whose one row has one column, `answer`, with JSON as text. Throws where it is not of the schema. */
export async function askJson<Schema extends z.ZodType>(
  db: Database,
  statement: SQL,
  schema: Schema,
): Promise<z.output<Schema>> {
  const result = rows.parse(await db.execute(statement));
  return schema.parse(JSON.parse(result.rows[0].answer));
}
