import * as z from "zod/mini";

export const MODEL_MAX_CHARACTERS = 256;

/** The `model` member of every request: which model it names, the catalogue decides. */
export const modelName = z.string({ error: "is required and must be a string." }).check(
  z.refine((value) => value.length > 0, { error: "must not be empty." }),
  z.refine((value) => value.length <= MODEL_MAX_CHARACTERS, {
    error: `is longer than ${MODEL_MAX_CHARACTERS} characters.`,
  }),
);
