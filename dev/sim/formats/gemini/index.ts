import type { Format } from "../../format.ts";
import { countTokens } from "./count-tokens.ts";
import { batchEmbedContents, embedContent } from "./embed.ts";
import { generateContent, streamGenerateContent } from "./generate.ts";
import { getGeminiModel, listGeminiModels } from "./models.ts";
import { predict } from "./predict.ts";

/** The Gemini API, as Google AI Studio serves it below `/v1beta`. */
export const GEMINI_FORMATS: readonly Format[] = [
  generateContent,
  streamGenerateContent,
  countTokens,
  embedContent,
  batchEmbedContents,
  predict,
  listGeminiModels,
  getGeminiModel,
];
