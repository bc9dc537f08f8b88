import type { z } from "zod";
import { invalidRequest, type Refusal } from "../../format.ts";

/** The refusal of a body that does not fit, as Cohere words it. A name that it does not know is an error there. */
export function describeIssue(issue: z.core.$ZodIssue | undefined): Refusal {
  const path = (issue?.path ?? []).map(String).join(".");
  if (issue?.code === "unrecognized_keys") {
    const name = [path, issue.keys[0] ?? ""].filter((part) => part !== "").join(".");
    return invalidRequest(`unknown field: parameter '${name}' is not a valid field`);
  }
  return invalidRequest(`invalid request: ${path === "" ? "the body" : path} ${issue?.message ?? "is not valid"}`);
}
