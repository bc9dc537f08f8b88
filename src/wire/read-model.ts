import { invalidParameter } from "./parse-body.ts";
import { MODEL_MAX_CHARACTERS } from "./model-name.ts";

/** The model's name outside of a schema: in a form, or beside members that are read one by one. Throws AppError `invalid_parameter`. */
export function readModel(value: string | null): string {
  if (value === null || value === "") throw invalidParameter("model", "is required and must be a string.");
  if (value.length > MODEL_MAX_CHARACTERS) {
    throw invalidParameter("model", `is longer than ${MODEL_MAX_CHARACTERS} characters.`);
  }
  return value;
}
