import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";

const REASON_CHARACTERS_MAX = 120;
const nothing = z.strictObject({});

/** Checks what was sent against a schema of ours; without one nothing may be sent. Throws `invalid_parameter`. */
export function parseInput<Schema extends z.ZodObject>(schema: Schema | undefined, value: unknown): z.output<Schema> {
  const result = (schema ?? nothing).safeParse(value ?? {});
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without a schema its type is that of the empty object
  if (result.success) return result.data as z.output<Schema>;
  const issue = result.error.issues[0];
  const param = issue === undefined ? "body" : pathOf(issue);
  throw new AppError("invalid_parameter", {
    param,
    params: { param, reason: (issue?.message ?? "is not valid").slice(0, REASON_CHARACTERS_MAX) },
  });
}

/** `limits.models[0]`. Of a member that is not of the schema: its name. */
function pathOf(issue: z.core.$ZodIssue): string {
  const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
  const text = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return text === "" ? "body" : text.replace(/^\./, "");
}
