import { invalidParameter } from "./parse-body.ts";

/** Refuses a number beyond what a model takes; null stands for its default. Throws AppError `invalid_parameter`. */
export function checkRange(param: string, value: number | null, minimum: number, maximum: number): void {
  if (value !== null && (value < minimum || value > maximum))
    throw invalidParameter(param, `must be between ${minimum} and ${maximum} for this model.`);
}
