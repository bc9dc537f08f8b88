import { z } from "zod";
import { type Format, invalidRequest } from "../../format.ts";
import { tokenFrom } from "../../text.ts";
import { countTokens } from "../../tokens.ts";

const part = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({ type: z.literal("image_url"), image_url: z.strictObject({ url: z.string().min(1) }) }),
]);
const moderationsRequest = z.strictObject({
  model: z.string().optional(),
  input: z.union([z.string(), z.array(z.string()).min(1), z.array(part).min(1)]),
});

const CATEGORIES = [
  "harassment",
  "harassment/threatening",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/intent",
  "self-harm/instructions",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
] as const;
const FLAG = /violence/i;
const SCORE_HIGH = 0.97;
const SCORE_LOW = 0.0001;

/** OpenAI's moderations: free, without usage. A text that speaks of violence is flagged. */
export const openaiModerations: Format = {
  path: "/moderations",
  read(body) {
    const parsed = moderationsRequest.safeParse(body);
    if (!parsed.success) {
      const name = String(parsed.error.issues[0]?.path[0] ?? "input");
      return { ok: false, refusal: invalidRequest(`Invalid value for '${name}'.`, name) };
    }
    const { input, model = "omni-moderation-latest" } = parsed.data;
    const items = typeof input === "string" ? [input] : input;
    const words = items.flatMap((item) =>
      typeof item === "string" ? [item] : item.type === "text" ? [item.text] : [],
    );
    // Parts are one input, texts are many.
    const inputs = typeof items[0] === "string" ? words : [words.join(" ")];
    return {
      ok: true,
      texts: words,
      promptTokens: words.reduce((sum, text) => sum + countTokens(text), 0),
      answer: () => ({
        kind: "json",
        render: ({ number }) =>
          JSON.stringify({ id: `modr-${tokenFrom(number, 28)}`, model, results: inputs.map(resultOf) }),
      }),
    };
  },
};

function resultOf(text: string) {
  const flagged = FLAG.test(text);
  const by = <Value>(value: (category: string) => Value) =>
    Object.fromEntries(CATEGORIES.map((category) => [category, value(category)]));
  return {
    flagged,
    categories: by((category) => flagged && category === "violence"),
    category_scores: by((category) => (flagged && category === "violence" ? SCORE_HIGH : SCORE_LOW)),
    category_applied_input_types: by(() => ["text"]),
  };
}
