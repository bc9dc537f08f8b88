import type { Dialect, Headers } from "./dialect.ts";
import type { Directives } from "./directives.ts";
import { invalidRequest, type Refusal } from "./format.ts";

const KEY_SHOWN_CHARACTERS = 4;

/** The failure that the directives ask for, or null. `timesFailed` counts this prompt's failures so far. */
export function plannedFailure(
  directives: Directives,
  dialect: Dialect,
  headers: Headers,
  timesFailed: number,
): Refusal | null {
  const key = dialect.readKey(headers);
  if (directives.bad_key && !directives.echo_key) {
    const shown = `${key.slice(0, KEY_SHOWN_CHARACTERS)}****`;
    if (dialect.badKey !== undefined) return dialect.badKey(shown);
    const message = `Incorrect API key provided: ${shown}.`;
    return { ...dialect.failure(401), message };
  }
  if (timesFailed >= (directives.fail_times ?? Infinity)) return null;
  if (directives.echo_key) {
    return { ...dialect.failure(directives.fail ?? 401), message: `Incorrect API key provided: ${key}.` };
  }
  const status = directives.fail ?? (directives.fail_times === undefined ? null : 500);
  return status === null ? null : dialect.failure(status);
}

export const tooLarge: Refusal = { ...invalidRequest("The request body is too large."), status: 413 };

export const unknownUrl = (method: string, path: string): Refusal => ({
  ...invalidRequest(`Invalid URL (${method} ${path})`),
  status: 404,
});
