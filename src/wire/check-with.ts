import type * as z from "zod/mini";
import { invalidParameter } from "./parse-body.ts";

/** Checks a parsed body against a schema of ours. Throws AppError `invalid_parameter` that names the first member at fault. */
export function checkWith<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalidParameter(formatPath(issue?.path ?? []), issue?.message ?? "is not valid.");
}

/** `["messages", 0, "role"]` as `messages[0].role`. Paths hold names of our schemas and indexes only. */
function formatPath(path: readonly PropertyKey[]): string {
  let formatted = "";
  for (const step of path) {
    if (typeof step === "number") formatted += `[${step}]`;
    else formatted += formatted === "" ? String(step) : `.${String(step)}`;
  }
  return formatted === "" ? "body" : formatted;
}
