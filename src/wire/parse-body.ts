import { AppError } from "#kernel";
import { scanObject, type JsonObjectText } from "./json/scan-object.ts";

/** Deeper nesting than any tool schema needs; it bounds every walk over a request. */
export const MAX_BODY_DEPTH = 128;

export interface ParsedBody {
  readonly object: JsonObjectText;
  readonly value: unknown;
}

/** A request body as one JSON object. Throws AppError `invalid_json`, or `invalid_parameter` when it nests too deep. */
export function parseBody(text: string): ParsedBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the body, so it is not kept as the cause.
    throw new AppError("invalid_json");
  }
  const object = scanObject(text);
  if (!object) throw new AppError("invalid_json");
  if (object.depth > MAX_BODY_DEPTH) throw invalidParameter("body", `nests deeper than ${MAX_BODY_DEPTH} levels.`);
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
