import Anthropic from "@anthropic-ai/sdk";
import { ApiError, type GenerateContentResponse } from "@google/genai";
import { streamText, type LanguageModel } from "ai";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import OpenAI from "openai";
import { anthropicClient } from "../matrix/anthropic.ts";
import { geminiSdk } from "../matrix/gemini.ts";
import { openAi } from "../support/client.ts";

/** One long stream, as an official client reads it to its end. */
export interface Read {
  readonly text: string;
  /** As the format spells it; null where none came. */
  readonly finish: string | null;
  /** Output tokens of the last usage that the client was shown. */
  readonly outputTokens: number | null;
  /** What the client raised at the end. */
  readonly error: unknown;
}

export interface Ask {
  readonly model: string;
  readonly prompt: string;
  readonly maximum?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An official client, unmodified, that streams. */
export interface Reader {
  readonly name: string;
  /** What the format calls an answer that reached its maximum. */
  readonly lengthFinish: string;
  read(ask: Ask): Promise<Read>;
}

interface Seen {
  text: string;
  finish: string | null;
  outputTokens: number | null;
}

/** Reads until the client is done or throws. */
async function reading(read: (seen: Seen) => Promise<void>): Promise<Read> {
  const seen: Seen = { text: "", finish: null, outputTokens: null };
  let error: unknown = null;
  try {
    await read(seen);
  } catch (caught) {
    error = caught;
  }
  return { ...seen, error };
}

function chatReader(client: OpenAI): Reader {
  return {
    name: "openai chat",
    lengthFinish: "length",
    read: ({ model, prompt, maximum, headers }) =>
      reading(async (seen) => {
        const stream = await client.chat.completions.create(
          {
            model,
            stream: true,
            stream_options: { include_usage: true },
            messages: [{ role: "user", content: prompt }],
            ...(maximum === undefined ? {} : { max_completion_tokens: maximum }),
          },
          { headers },
        );
        for await (const { choices, usage } of stream) {
          seen.text += choices[0]?.delta.content ?? "";
          seen.finish = choices[0]?.finish_reason ?? seen.finish;
          seen.outputTokens = usage?.completion_tokens ?? seen.outputTokens;
        }
      }),
  };
}

function responsesReader(client: OpenAI): Reader {
  return {
    name: "openai responses",
    lengthFinish: "max_output_tokens",
    read: ({ model, prompt, maximum, headers }) =>
      reading(async (seen) => {
        const stream = client.responses.stream(
          { model, input: prompt, store: false, ...(maximum === undefined ? {} : { max_output_tokens: maximum }) },
          { headers },
        );
        for await (const event of stream) {
          if (event.type === "response.output_text.delta") seen.text += event.delta;
          if (event.type === "response.incomplete") {
            seen.finish = event.response.incomplete_details?.reason ?? null;
            seen.outputTokens = event.response.usage?.output_tokens ?? null;
            const said = event.response.output.flatMap((item) => (item.type === "message" ? item.content : []));
            const text = said.map((part) => (part.type === "output_text" ? part.text : "")).join("");
            if (text !== seen.text) throw new Error("the response is not what was said");
          }
        }
        await stream.finalResponse();
      }),
  };
}

function messagesReader(client: Anthropic): Reader {
  return {
    name: "anthropic",
    lengthFinish: "max_tokens",
    read: ({ model, prompt, maximum = 4_096, headers }) =>
      reading(async (seen) => {
        const helper = client.messages.stream(
          { model, max_tokens: maximum, messages: [{ role: "user", content: prompt }] },
          { headers },
        );
        for await (const event of helper) {
          if (event.type === "content_block_delta" && event.delta.type === "text_delta") seen.text += event.delta.text;
          if (event.type !== "message_delta") continue;
          seen.finish = event.delta.stop_reason;
          seen.outputTokens = event.usage.output_tokens;
        }
        await helper.finalMessage();
      }),
  };
}

function geminiReader(gateway: string, apiKey: string): Reader {
  const client = geminiSdk(gateway, apiKey);
  return {
    name: "google genai",
    lengthFinish: "MAX_TOKENS",
    read: ({ model, prompt, maximum, headers }) =>
      reading(async (seen) => {
        const config = {
          ...(maximum === undefined ? {} : { maxOutputTokens: maximum }),
          ...(headers ? { httpOptions: { headers: { ...headers } } } : {}),
        };
        const chunks = await client.models.generateContentStream({ model, contents: prompt, config });
        for await (const chunk of chunks) note(seen, chunk);
      }),
  };
}

function note(seen: Seen, { candidates, usageMetadata }: GenerateContentResponse): void {
  const [candidate] = candidates ?? [];
  for (const part of candidate?.content?.parts ?? []) seen.text += part.text ?? "";
  seen.finish = candidate?.finishReason ?? seen.finish;
  seen.outputTokens = usageMetadata?.candidatesTokenCount ?? seen.outputTokens;
}

function completionsReader(client: OpenAI): Reader {
  return {
    name: "openai completions",
    lengthFinish: "length",
    read: ({ model, prompt, maximum = 16, headers }) =>
      reading(async (seen) => {
        const stream = await client.completions.create(
          { model, prompt, max_tokens: maximum, stream: true, stream_options: { include_usage: true } },
          { headers },
        );
        for await (const { choices, usage } of stream) {
          seen.text += choices[0]?.text ?? "";
          seen.finish = choices[0]?.finish_reason ?? seen.finish;
          seen.outputTokens = usage?.completion_tokens ?? seen.outputTokens;
        }
      }),
  };
}

function aiReader(name: string, model: (id: string) => LanguageModel): Reader {
  return {
    name,
    lengthFinish: "length",
    read: ({ model: id, prompt, maximum, headers }) =>
      reading(async (seen) => {
        let fault: unknown = null;
        const result = streamText({
          model: model(id),
          prompt,
          maxRetries: 0,
          onError: ({ error }) => {
            fault = error;
          },
          ...(maximum === undefined ? {} : { maxOutputTokens: maximum }),
          ...(headers ? { headers: { ...headers } } : {}),
        });
        for await (const piece of result.textStream) seen.text += piece;
        if (fault !== null) throw fault;
        seen.finish = await result.finishReason;
        seen.outputTokens = (await result.usage).outputTokens ?? null;
      }),
  };
}

export interface Readers {
  readonly chat: Reader;
  readonly responses: Reader;
  readonly messages: Reader;
  readonly gemini: Reader;
  readonly completions: Reader;
  readonly aiChat: Reader;
  readonly aiResponses: Reader;
  readonly aiMessages: Reader;
  readonly aiGemini: Reader;
}

export function readersFor(gateway: string, apiKey: string): Readers {
  const client = openAi(`${gateway}/v1`, apiKey);
  const openai = createOpenAI({ baseURL: `${gateway}/v1`, apiKey });
  const anthropic = createAnthropic({ baseURL: `${gateway}/v1`, apiKey });
  const google = createGoogle({ baseURL: `${gateway}/v1beta`, apiKey });
  return {
    chat: chatReader(client),
    responses: responsesReader(client),
    messages: messagesReader(anthropicClient(gateway, apiKey)),
    gemini: geminiReader(gateway, apiKey),
    completions: completionsReader(client),
    aiChat: aiReader("ai over @ai-sdk/openai chat", (id) => openai.chat(id)),
    aiResponses: aiReader("ai over @ai-sdk/openai", (id) => openai.responses(id)),
    aiMessages: aiReader("ai over @ai-sdk/anthropic", (id) => anthropic(id)),
    aiGemini: aiReader("ai over @ai-sdk/google", (id) => google(id)),
  };
}

/** Whether an error, in whatever form its client gives it, says a code of ours. */
export function saysCode(error: unknown, code: string): boolean {
  if (error instanceof OpenAI.APIError) return error.code === code;
  if (error instanceof Anthropic.APIError || error instanceof ApiError) return error.message.includes(code);
  return JSON.stringify(error)?.includes(code) || (error instanceof Error && error.message.includes(code));
}
