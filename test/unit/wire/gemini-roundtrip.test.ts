import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isPublicHttpsUrl,
  geminiClient,
  geminiUpstream,
  type Prompt,
  type PromptMessage,
  type PromptPart,
} from "#wire";

const ROUTE = { model: "m", stream: true };

const text = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const name = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
const json = fc.dictionary(name, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 3 });
const schema = fc.record({
  type: fc.constant("object"),
  properties: fc.dictionary(name, fc.constant({ type: "string" })),
});
const base64 = fc.base64String({ minLength: 4, maxLength: 16 });
const textPart = text.map((said): PromptPart => ({ type: "text", text: said }));
const imagePart = base64.map((data): PromptPart => ({
  type: "image",
  source: { type: "base64", mediaType: "image/png", data },
  detail: null,
}));
const otherMedia = fc.oneof(
  base64.map((data): PromptPart => ({ type: "audio", source: { type: "base64", mediaType: "audio/wav", data } })),
  base64.map((data): PromptPart => {
    return { type: "document", source: { type: "base64", mediaType: "application/pdf", data }, name: null };
  }),
  fc
    .webUrl({ validSchemes: ["https"] })
    .filter(isPublicHttpsUrl)
    .map((url): PromptPart => {
      return { type: "image", source: { type: "url", url, mediaType: "image/jpeg" }, detail: null };
    }),
);
const token = fc.stringMatching(/^[A-Za-z0-9+/]{4,16}$/);

/** A turn of calls, and the user's turn that answers them all. */
const calls = fc
  .array(fc.record({ name, args: json, signature: fc.option(token), output: text, isError: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((made): readonly PromptMessage[] => [
    {
      role: "assistant",
      parts: made.map(({ name: called, args, signature }, at) => ({
        type: "tool-call",
        id: `id_${at}`,
        name: called,
        arguments: JSON.stringify(args),
        signature: signature === null ? null : { format: "gemini", value: signature },
      })),
    },
    {
      role: "user",
      parts: made.map(({ name: called, output, isError }, at) => ({
        type: "tool-result",
        callId: `id_${at}`,
        name: called,
        parts: [{ type: "text", text: output }],
        isError,
      })),
    },
  ]);
const ASKED: PromptMessage = { role: "user", parts: [{ type: "text", text: "go" }] };
const turns = fc.oneof(
  fc
    .tuple(fc.array(fc.oneof(textPart, imagePart, otherMedia), { minLength: 1, maxLength: 3 }), text)
    .map(([parts, said]): readonly PromptMessage[] => [
      { role: "user", parts },
      { role: "assistant", parts: [{ type: "text", text: said }] },
    ]),
  fc.tuple(fc.constant(ASKED), calls).map(([asked, made]): readonly PromptMessage[] => [asked].concat(made)),
);
const number = fc.option(fc.integer({ min: 0, max: 100 }).map((value) => value / 100));
const whole = fc.option(fc.integer({ min: 1, max: 1_000 }));

const prompts: fc.Arbitrary<Prompt> = fc.record({
  system: fc.array(
    text.map((said) => ({ type: "text" as const, text: said })),
    { maxLength: 2 },
  ),
  messages: fc
    .array(turns, { minLength: 1, maxLength: 3 })
    // Neighbours of one role become one turn there.
    .map((many) => many.flat().filter(({ role }, at, all) => all[at - 1]?.role !== role)),
  tools: fc.array(
    fc.record({ name, description: fc.option(text), schema: fc.option(schema), strict: fc.constant(null) }),
    { minLength: 1, maxLength: 2 },
  ),
  toolChoice: fc.option(
    fc.oneof(
      fc.constantFrom("auto" as const, "none" as const, "required" as const).map((type) => ({ type })),
      name.map((tool) => ({ type: "tool" as const, name: tool })),
    ),
  ),
  parallelToolCalls: fc.constant(null),
  outputFormat: fc.option(
    fc.oneof(
      fc.constant({ type: "json" as const }),
      schema.map((shape) => ({
        type: "json_schema" as const,
        name: "response",
        description: null,
        schema: shape,
        strict: null,
      })),
    ),
  ),
  reasoning: fc.option(
    fc.record({
      effort: fc.constantFrom("low" as const, "medium" as const, "high" as const),
      budgetTokens: fc.constant(null),
      show: fc.option(fc.boolean()),
    }),
  ),
  sampling: fc.record({
    temperature: number,
    topP: number,
    topK: whole,
    presencePenalty: number,
    frequencyPenalty: number,
    seed: whole,
    stop: fc.array(text, { maxLength: 2 }),
    logprobs: fc.constant(true),
    topLogprobs: whole,
    choices: fc.integer({ min: 1, max: 8 }),
  }),
  user: fc.constant(null),
  metadata: fc.constant(null),
  verbosity: fc.constant(null),
});

describe("a prompt in Gemini's words and back", () => {
  it("keeps its meaning: texts, media, tools, results, signatures, choice, format, thinking, sampling", () => {
    const options = { upstreamModel: "gemini-3-flash", stream: false, outputTokens: 9 };
    fc.assert(
      fc.property(prompts, (prompt) => {
        const body = JSON.stringify(geminiUpstream.encodeRequest(prompt, options));
        const request = geminiClient.parseRequest(body, ROUTE);
        expect(unskipped(request.decode())).toEqual(prompt);
        expect(request).toMatchObject({ outputMaximum: 9, choices: prompt.sampling.choices });
      }),
      { numRuns: 300 },
    );
  });
});

/** Without the mark that a call of generation 3 bears where it has no signature. */
function unskipped(prompt: Prompt): Prompt {
  const messages = prompt.messages.map(({ role, parts }) => ({
    role,
    parts: parts.map((part) =>
      part.type === "tool-call" && part.signature?.value === "skip_thought_signature_validator"
        ? { type: part.type, id: part.id, name: part.name, arguments: part.arguments, signature: null }
        : part,
    ),
  }));
  return { ...prompt, messages };
}
