import { AppError } from "#kernel";
import type { ApiContext } from "./context.ts";

/** The version that a change is made from: `If-Match: "7"`. Without it nobody would see whose change they overwrite. */
export function versionOf(context: ApiContext): number {
  const header = context.req.header("if-match");
  if (header === undefined) throw new AppError("version_required");
  const version = Number(/^"(\d{1,9})"$/.exec(header.trim())?.[1] ?? NaN);
  if (Number.isNaN(version)) throw new AppError("version_conflict");
  return version;
}

/** Says of which version an answer is. */
export function setVersion(context: ApiContext, version: number): void {
  context.header("etag", `"${version}"`);
}
