import { AppError } from "#kernel";
import { scanObject, type JsonObjectText } from "./json/scan-object.ts";
import { structureFault } from "./json/structure-fault.ts";

export interface ParsedBody {
  readonly object: JsonObjectText;
  readonly value: unknown;
}

/**
 * A request body as one JSON object. `known` are the members that we read or set. Throws AppError `invalid_json`, or
 * `invalid_parameter` where its structure is out of bounds or a member is spelt like a known one but for its capitals.
 */
export function parseBody(text: string, known: ReadonlySet<string>): ParsedBody {
  const fault = structureFault(text);
  if (fault !== null) throw invalidParameter("body", fault);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the body, so it is not kept as the cause.
    throw new AppError("invalid_json");
  }
  const object = scanObject(text);
  if (!object) throw new AppError("invalid_json");
  refuseOtherCapitals(object, known);
  return { object, value };
}

/** The refusal of one parameter. `reason` is our own words and never holds what the caller sent. */
export function invalidParameter(param: string, reason: string): AppError {
  return new AppError("invalid_parameter", { param, params: { param, reason } });
}

/** True for a JSON object: not null, not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Some providers match names without regard to case, as Go's `encoding/json` does: a `Max_Tokens` that passed beside
 * our `max_tokens` could undo what was admitted. The fold is Go's: it knows `ſ` for s and the Kelvin sign for k.
 */
function refuseOtherCapitals(object: JsonObjectText, known: ReadonlySet<string>): void {
  for (const { name } of object.members) {
    if (known.has(name)) continue;
    const folded = name.toUpperCase().toLowerCase();
    if (known.has(folded)) throw invalidParameter(folded, "must be spelt in lower case.");
  }
}
