import {
  FunctionCallingConfigMode,
  GoogleGenAI,
  type GenerateContentParameters,
  type GenerateContentResponse,
  type Part,
} from "@google/genai";
import {
  MAX_TOKENS,
  REPORT_SCHEMA,
  TOOL_NAME,
  TOOL_TEXT,
  WEATHER_SCHEMA,
  type Question,
  type Reply,
  type Speaker,
} from "./speaker.ts";

const BUDGET_TOKENS = 1_024;

function bodyOf(question: Question): GenerateContentParameters {
  const parts: Part[] = [{ text: question.prompt }];
  if (question.image) parts.push({ inlineData: { mimeType: "image/png", data: question.image } });
  return {
    model: question.model,
    contents: [{ role: "user", parts }, ...turnOf(question)],
    config: {
      maxOutputTokens: question.maxTokens ?? MAX_TOKENS,
      ...(question.signal ? { abortSignal: question.signal } : {}),
      ...(question.system ? { systemInstruction: question.system } : {}),
      ...(question.tool
        ? {
            tools: [
              {
                functionDeclarations: [
                  { name: TOOL_NAME, description: TOOL_TEXT, parametersJsonSchema: WEATHER_SCHEMA },
                ],
              },
            ],
          }
        : {}),
      ...(question.tool === "forced"
        ? {
            toolConfig: {
              functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: [TOOL_NAME] },
            },
          }
        : {}),
      ...(question.structured ? { responseMimeType: "application/json", responseJsonSchema: REPORT_SCHEMA } : {}),
      ...(question.reasoning ? { thinkingConfig: { includeThoughts: true, thinkingBudget: BUDGET_TOKENS } } : {}),
    },
  };
}

function turnOf({ turn }: Question): { role: string; parts: Part[] }[] {
  if (!turn) return [];
  const [call] = turn.reply.calls;
  const response = { name: TOOL_NAME, response: { output: turn.result }, ...(call?.id ? { id: call.id } : {}) };
  return [
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts that this very client read in the turn before
    { role: "model", parts: turn.reply.own as Part[] },
    { role: "user", parts: [{ functionResponse: response }] },
  ];
}

const FINISHES: Readonly<Record<string, Reply["finish"]>> = { STOP: "stop", MAX_TOKENS: "length" };

function replyOf(chunks: readonly GenerateContentResponse[]): Reply {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const calls = parts.flatMap(({ functionCall }) =>
    functionCall ? [{ id: functionCall.id ?? "", name: functionCall.name ?? "", args: functionCall.args }] : [],
  );
  const reason = chunks.map((chunk) => chunk.candidates?.[0]?.finishReason).findLast((one) => one !== undefined);
  const usage = chunks.findLast((chunk) => chunk.usageMetadata)?.usageMetadata;
  const texts = parts.filter((part) => part.text !== undefined && part.text !== "" && part.thought !== true);
  return {
    text: texts.map(({ text }) => text).join(""),
    reasoning: parts.map((part) => (part.thought === true ? (part.text ?? "") : "")).join(""),
    calls,
    finish: calls.length > 0 ? "tool" : (FINISHES[reason ?? ""] ?? "other"),
    usage: {
      input: usage?.promptTokenCount ?? -1,
      output: (usage?.candidatesTokenCount ?? -1) + (usage?.thoughtsTokenCount ?? 0),
    },
    own: parts,
    pieces: texts.length,
  };
}

export function geminiSdk(gateway: string, apiKey: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway } });
}

/** `@google/genai`, generateContent. */
export function geminiSpeaker(gateway: string, apiKey: string): Speaker {
  const client = geminiSdk(gateway, apiKey);
  return {
    name: "google genai",
    format: "gemini",
    ask: async (question) => replyOf([await client.models.generateContent(bodyOf(question))]),
    async stream(question, onPiece) {
      const chunks: GenerateContentResponse[] = [];
      for await (const chunk of await client.models.generateContentStream(bodyOf(question))) {
        chunks.push(chunk);
        if (chunk.text) onPiece?.();
      }
      return replyOf(chunks);
    },
  };
}
