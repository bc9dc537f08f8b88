import { z } from "zod";

/** Input items as https://platform.openai.com/docs/api-reference/responses/create names them. */
const inputText = z.strictObject({ type: z.literal("input_text"), text: z.string() });
const inputImage = z
  .strictObject({
    type: z.literal("input_image"),
    image_url: z.string().nullish(),
    file_id: z.string().nullish(),
    detail: z.enum(["low", "high", "auto", "original"]).nullish(),
  })
  .refine(({ image_url: url, file_id: id }) => Boolean(url) !== Boolean(id), "needs an 'image_url' or a 'file_id'");
const inputFile = z.strictObject({
  type: z.literal("input_file"),
  file_data: z.string().nullish(),
  file_id: z.string().nullish(),
  file_url: z.string().nullish(),
  filename: z.string().nullish(),
  detail: z.string().nullish(),
});
const inputPart = z.discriminatedUnion("type", [inputText, inputImage, inputFile]);
const outputPart = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("output_text"),
    text: z.string(),
    annotations: z.array(z.looseObject({ type: z.string() })).nullish(),
    logprobs: z.array(z.looseObject({})).nullish(),
  }),
  z.strictObject({ type: z.literal("refusal"), refusal: z.string() }),
]);

const status = z.enum(["in_progress", "completed", "incomplete"]).nullish();
const messageType = z.literal("message").nullish();
const inputMessage = z.strictObject({
  type: messageType,
  id: z.string().nullish(),
  status,
  role: z.enum(["user", "system", "developer"]),
  content: z.union([z.string(), z.array(inputPart)]),
});
const outputMessage = z.strictObject({
  type: messageType,
  id: z.string().nullish(),
  status,
  role: z.literal("assistant"),
  content: z.union([z.string(), z.array(outputPart)]),
  phase: z.enum(["commentary", "final_answer"]).nullish(),
});
export const message = z.discriminatedUnion("role", [inputMessage, outputMessage]);

const functionCall = z.strictObject({
  type: z.literal("function_call"),
  id: z.string().nullish(),
  call_id: z.string().min(1).max(64),
  name: z.string().min(1),
  arguments: z.string(),
  status,
  namespace: z.string().nullish(),
  caller: z.looseObject({}).nullish(),
  async: z.boolean().nullish(),
});
const functionCallOutput = z.strictObject({
  type: z.literal("function_call_output"),
  id: z.string().nullish(),
  call_id: z.string().min(1).max(64),
  output: z.union([z.string(), z.array(inputPart)]),
  status,
  caller: z.looseObject({}).nullish(),
});
const reasoning = z.strictObject({
  type: z.literal("reasoning"),
  id: z.string().nullish(),
  summary: z.array(z.strictObject({ type: z.literal("summary_text"), text: z.string() })),
  content: z.array(z.strictObject({ type: z.literal("reasoning_text"), text: z.string() })).nullish(),
  encrypted_content: z.string().nullish(),
  status,
});
const itemReference = z.strictObject({ type: z.literal("item_reference"), id: z.string() });

/** What OpenAI's own tools leave in a conversation; the simulator takes it as it is. */
const hosted = z.looseObject({
  type: z
    .string()
    .regex(
      /^(?!message$|function_call|reasoning$|item_reference$)\w+(?:_call|_call_output|_list_tools|_approval_\w+)$/,
    ),
});

export const typedItem = z.union([
  z.discriminatedUnion("type", [functionCall, functionCallOutput, reasoning, itemReference]),
  hosted,
]);

export type InputPart = z.output<typeof inputPart>;
export type OutputPart = z.output<typeof outputPart>;
export type InputMessage = z.output<typeof message>;
export type TypedItem = z.output<typeof typedItem>;
export type InputItem = InputMessage | TypedItem;

/** Only messages may leave their type out, and no other item's type ends like theirs. */
export const isMessage = (item: InputItem): item is InputMessage => (item.type ?? "message") === "message";
