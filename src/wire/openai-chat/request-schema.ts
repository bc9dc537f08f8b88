import * as z from "zod/mini";
import { checkWith } from "../check-with.ts";
import { modelName } from "../model-name.ts";

const CHOICES_MAXIMUM = 128;
const ROLES = ["developer", "system", "user", "assistant", "tool", "function"] as const;

const text = z.string({ error: "must be a string." });
const flag = z.boolean({ error: "must be a boolean." });
const number = z.number({ error: "must be a number." });
const list = z.array(z.unknown(), { error: "must be an array." });
const count = z.number({ error: "must be a whole number." }).check(
  z.refine((value) => Number.isSafeInteger(value), { error: "must be a whole number." }),
  z.refine((value) => value >= 1, { error: "must be at least 1." }),
);
const record = z.looseObject({}, { error: "must be an object." });
const typed = z.looseObject(
  { type: z.string({ error: "is required and must be a string." }) },
  { error: "must be an object." },
);
const optional = <Schema extends z.core.$ZodType>(schema: Schema) => z.optional(z.nullable(schema));

const message = z.looseObject(
  { role: z.enum(ROLES, { error: `must be one of ${ROLES.join(", ")}.` }) },
  { error: "must be an object." },
);

/** What we read of a request, strict in type; every other member passes to the provider as it is. */
const requestSchema = z.looseObject({
  model: modelName,
  messages: z
    .array(message, { error: "is required and must be an array." })
    .check(z.refine((value) => value.length > 0, { error: "must not be empty." })),
  stream: optional(flag),
  stream_options: optional(z.looseObject({ include_usage: optional(flag) }, { error: "must be an object." })),
  max_completion_tokens: optional(count),
  max_tokens: optional(count),
  n: optional(
    count.check(z.refine((value) => value <= CHOICES_MAXIMUM, { error: `must be at most ${CHOICES_MAXIMUM}.` })),
  ),
  tools: optional(z.array(typed, { error: "must be an array." })),
  functions: optional(list),
  tool_choice: optional(z.union([text, record], { error: "must be a string or an object." })),
  parallel_tool_calls: optional(flag),
  response_format: optional(typed),
  temperature: optional(number),
  top_p: optional(number),
  presence_penalty: optional(number),
  frequency_penalty: optional(number),
  logprobs: optional(flag),
  top_logprobs: optional(number),
  logit_bias: optional(record),
  stop: optional(z.union([text, z.array(text)], { error: "must be a string or an array of strings." })),
  seed: optional(number),
  user: optional(text),
  reasoning_effort: optional(text),
  modalities: optional(z.array(text, { error: "must be an array of strings." })),
  audio: optional(record),
  service_tier: optional(text),
  web_search_options: optional(record),
  usage: optional(z.looseObject({ include: optional(flag) }, { error: "must be an object." })),
});

export type ChatRequestBody = z.infer<typeof requestSchema>;

/** Checks the types of a parsed body. Throws AppError `invalid_parameter` that names the first member at fault. */
export const checkRequestBody = (value: unknown): ChatRequestBody => checkWith(requestSchema, value);
