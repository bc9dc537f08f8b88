import type { z } from "zod";

export interface Found {
  readonly issue: z.core.$ZodIssue;
  readonly path: readonly PropertyKey[];
  /** Nothing stands at this path. */
  readonly missing: boolean;
}

/** What is wrong with a body, and where: in a union, what is wrong with the alternative that got furthest. */
export function findIssue(
  error: { readonly issues: readonly z.core.$ZodIssue[] },
  body: unknown,
  above: readonly PropertyKey[] = [],
): Found | null {
  const [issue] = error.issues;
  if (issue === undefined) return null;
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union") {
    const [furthest] = issue.errors.toSorted((one, other) => depthOf(other[0]) - depthOf(one[0]));
    if (furthest !== undefined && depthOf(furthest[0]) > 0) return findIssue({ issues: furthest }, body, path);
  }
  return { issue, path, missing: valueAt(body, path) === undefined };
}

const depthOf = (issue: z.core.$ZodIssue | undefined) =>
  (issue?.path.length ?? 0) + (issue?.code === "unrecognized_keys" ? 1 : 0);

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const step of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined;
  }
  return value;
}
