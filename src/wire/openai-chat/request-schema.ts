import * as z from "zod/mini";
import { checkWith } from "../check-with.ts";
import { modelName } from "../model-name.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";

const CHOICES_MAXIMUM = 128;
/** No wired model's context holds so many messages. */
const MESSAGES_MAXIMUM = 100_000;
/** OpenAI allows 128. */
const TOOLS_MAXIMUM = 1024;
/** OpenAI allows 4, DeepSeek 16. */
const STOPS_MAXIMUM = 64;
const MODALITIES_MAXIMUM = 16;

const text = z.string({ error: "must be a string." });
const flag = z.boolean({ error: "must be a boolean." });
const number = z.number({ error: "must be a number." });
const count = z.number({ error: "must be a whole number." }).check(
  z.refine((value) => Number.isSafeInteger(value), { error: "must be a whole number." }),
  z.refine((value) => value >= 1, { error: "must be at least 1." }),
);
const record = z.custom<Readonly<Record<string, unknown>>>(isRecord, { error: "must be an object." });
const optional = <Schema extends z.core.$ZodType>(schema: Schema) => z.optional(z.nullable(schema));

const textOrRecord = optional(
  z.custom<string | Readonly<Record<string, unknown>>>((value) => typeof value === "string" || isRecord(value), {
    error: "must be a string or an object.",
  }),
);

/** A bounded array whose items nobody has looked at: zod would make an issue of every bad one, for megabytes of them. */
const list = (maximum: number, error: string) =>
  z
    .custom<readonly unknown[]>(Array.isArray, { error, abort: true })
    .check(z.refine((value) => value.length <= maximum, { error: `holds more than ${maximum} items.` }));

const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown, maximum: number): value is readonly string[] =>
  Array.isArray(value) && value.length <= maximum && value.every(isText);

/** Members that we read or set, strict in type; every other member passes to the provider as it is. */
const shape = {
  model: modelName,
  messages: list(MESSAGES_MAXIMUM, "is required and must be an array.").check(
    z.refine((value) => value.length > 0, { error: "must not be empty." }),
  ),
  stream: optional(flag),
  stream_options: optional(record),
  max_completion_tokens: optional(count),
  max_tokens: optional(count),
  n: optional(
    count.check(z.refine((value) => value <= CHOICES_MAXIMUM, { error: `must be at most ${CHOICES_MAXIMUM}.` })),
  ),
  tools: optional(list(TOOLS_MAXIMUM, "must be an array.")),
  functions: optional(list(TOOLS_MAXIMUM, "must be an array.")),
  tool_choice: textOrRecord,
  function_call: textOrRecord,
  parallel_tool_calls: optional(flag),
  response_format: optional(
    z.looseObject({ type: z.string({ error: "is required and must be a string." }) }, { error: "must be an object." }),
  ),
  temperature: optional(number),
  top_p: optional(number),
  top_k: optional(number),
  presence_penalty: optional(number),
  frequency_penalty: optional(number),
  logprobs: optional(flag),
  top_logprobs: optional(number),
  logit_bias: optional(record),
  stop: optional(
    z.custom<string | readonly string[]>((value) => isText(value) || isTexts(value, STOPS_MAXIMUM), {
      error: `must be a string or an array of at most ${STOPS_MAXIMUM} strings.`,
    }),
  ),
  seed: optional(number),
  user: optional(text),
  safety_identifier: optional(text),
  metadata: optional(record),
  verbosity: optional(text),
  reasoning_effort: optional(text),
  reasoning: optional(record),
  modalities: optional(
    z.custom<readonly string[]>((value) => isTexts(value, MODALITIES_MAXIMUM), {
      error: `must be an array of at most ${MODALITIES_MAXIMUM} strings.`,
    }),
  ),
  audio: optional(record),
  service_tier: optional(text),
  web_search_options: optional(record),
  search_parameters: optional(record),
  prediction: optional(record),
  usage: optional(z.object({ include: optional(flag) }, { error: "must be an object." })),
  models: z.optional(z.unknown()),
  provider: z.optional(z.unknown()),
};

const requestSchema = z.object(shape);

/** The names of the members that we read or set. */
export const CHAT_MEMBERS: ReadonlySet<string> = new Set(Object.keys(shape));

export type ChatRequestBody = z.infer<typeof requestSchema>;

/** Checks the types of a parsed body, and of lists only that they are some. Throws AppError `invalid_parameter` that names the first member at fault. */
export const checkRequestBody = (value: unknown): ChatRequestBody => checkWith(requestSchema, value);

/** The types of the tools. Throws AppError `invalid_parameter` that names the first tool at fault. */
export function readToolTypes(tools: readonly unknown[]): ReadonlySet<string> {
  const types = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    if (!isRecord(tool)) throw invalidParameter(`tools[${index}]`, "must be an object.");
    const { type } = tool;
    if (!isText(type)) throw invalidParameter(`tools[${index}].type`, "is required and must be a string.");
    types.add(type);
  }
  return types;
}
