import { AppError } from "#kernel";
import { systemTimer } from "../../http/platform.ts";
import { readJsonText } from "../../http/read-body.ts";
import type { ApiContext } from "./context.ts";

/** Nothing that people set is longer (S18). */
const BOUNDS = { limitBytes: 64 * 1024, limitMs: 15_000, timer: systemTimer } as const;

/** The body as JSON: declared as such, whole within its bounds, and UTF-8. */
export async function readJson(context: ApiContext): Promise<unknown> {
  const text = await readJsonText(context.req.raw, BOUNDS);
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("invalid_json");
  }
}
