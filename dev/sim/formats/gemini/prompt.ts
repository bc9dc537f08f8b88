import { countTokens } from "../../tokens.ts";
import { type Content, functionsOf, type GenerateRequest, type Part } from "./request.ts";

export type Modality = "TEXT" | "IMAGE" | "AUDIO" | "VIDEO" | "DOCUMENT";
export type ModalityTokens = ReadonlyMap<Modality, number>;

/** What a file costs whatever its size, close to what Google's documentation names for a small one. */
const TOKENS_PER_FILE: Readonly<Record<Modality, number>> = {
  TEXT: 200,
  IMAGE: 258,
  AUDIO: 320,
  VIDEO: 2_630,
  DOCUMENT: 258,
};
const TOKENS_PER_CONTENT = 1;

/** Every text of the prompt, in order, the system's first. */
export function textsOf(request: GenerateRequest): string[] {
  return contentsOf(request).flatMap(({ parts }) =>
    (parts ?? []).flatMap(({ text }) => (text === undefined ? [] : [text])),
  );
}

/** The prompt's tokens by a rule that a test can repeat: texts, 1 per content, JSON of calls, results and tools, fixed sums for files. */
export function countPrompt(request: GenerateRequest): ModalityTokens {
  const counted = countContents(contentsOf(request));
  const functions = functionsOf(request);
  const schema = request.generationConfig?.responseSchema ?? request.generationConfig?.responseJsonSchema;
  const declared = functions.length === 0 ? 0 : countTokens(JSON.stringify(functions));
  const shaped = schema === undefined ? 0 : countTokens(JSON.stringify(schema));
  return counted.set("TEXT", (counted.get("TEXT") ?? 0) + declared + shaped);
}

export function countContents(contents: readonly Content[]): Map<Modality, number> {
  const counted = new Map<Modality, number>([["TEXT", contents.length * TOKENS_PER_CONTENT]]);
  for (const part of contents.flatMap(({ parts }) => parts ?? [])) {
    const [modality, tokens] = countPart(part);
    counted.set(modality, (counted.get(modality) ?? 0) + tokens);
  }
  return counted;
}

export const sumOf = (counted: ModalityTokens): number =>
  [...counted.values()].reduce((sum, tokens) => sum + tokens, 0);

/** Google's `…TokensDetails`. */
export const detailsOf = (counted: ModalityTokens) =>
  [...counted].map(([modality, tokenCount]) => ({ modality, tokenCount }));

function contentsOf({ systemInstruction, contents }: GenerateRequest): readonly Content[] {
  return systemInstruction === undefined ? contents : [systemInstruction, ...contents];
}

function countPart(part: Part): [Modality, number] {
  if (part.text !== undefined) return ["TEXT", countTokens(part.text)];
  const mimeType = part.inlineData?.mimeType ?? part.fileData?.mimeType;
  if (part.inlineData !== undefined || part.fileData !== undefined) {
    const modality = modalityOf(mimeType ?? "");
    return [modality, TOKENS_PER_FILE[modality]];
  }
  return ["TEXT", countTokens(JSON.stringify(part.functionCall ?? part.functionResponse ?? {}))];
}

function modalityOf(mimeType: string): Modality {
  if (mimeType.startsWith("image/")) return "IMAGE";
  if (mimeType.startsWith("audio/")) return "AUDIO";
  if (mimeType.startsWith("video/")) return "VIDEO";
  return mimeType === "application/pdf" ? "DOCUMENT" : "TEXT";
}
