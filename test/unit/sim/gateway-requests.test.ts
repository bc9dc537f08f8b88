import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROVIDERS } from "#providers";
import { anthropicClient, geminiClient, openAiChatClient, openAiResponsesClient } from "#wire";
import { PROVIDERS as SIMULATED } from "../../../dev/sim/providers.ts";
import { simulatedBaseUrl, startSim, type Sim } from "../../../dev/sim/index.ts";

/** The simulator is as strict as the providers: what the gateway writes for one must pass there, whoever asked. */
let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(async () => sim.stop());

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const URL_OF_PIXEL = `data:image/png;base64,${PIXEL}`;
const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const BERNE = { city: "Bern" };
const TEXT_OF_BERNE = JSON.stringify(BERNE);

const CHAT_TOOLS = { tools: [{ type: "function", function: { name: "weather", parameters } }] };
const MESSAGES_TOOLS = { tools: [{ name: "weather", input_schema: parameters }] };
const RESPONSES_TOOLS = { tools: [{ type: "function", name: "weather", parameters }] };
const GEMINI_TOOLS = {
  tools: [
    { functionDeclarations: [{ name: "weather", parameters: { ...parameters, additionalProperties: undefined } }] },
  ],
};

const chat = (extra: object) => ({
  model: "m",
  max_completion_tokens: 2_000,
  messages: [{ role: "user", content: "hi" }],
  ...extra,
});
const messages = (extra: object) => ({
  model: "m",
  max_tokens: 2_000,
  messages: [{ role: "user", content: "hi" }],
  ...extra,
});
const responses = (extra: object) => ({ model: "m", max_output_tokens: 2_000, input: "hi", ...extra });
const gemini = (extra: object) => ({ contents: [{ role: "user", parts: [{ text: "hi" }] }], ...extra });

const CASES: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  "openai-chat": {
    text: chat({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hi" },
      ],
      stop: ["zzz"],
    }),
    "a tool's round trip": chat({
      ...CHAT_TOOLS,
      messages: [
        { role: "user", content: "Bern and Bern?" },
        {
          role: "assistant",
          content: null,
          tool_calls: ["call_1", "call_2"].map((id) => ({
            id,
            type: "function",
            function: { name: "weather", arguments: TEXT_OF_BERNE },
          })),
        },
        { role: "tool", tool_call_id: "call_1", content: "sunny" },
        { role: "tool", tool_call_id: "call_2", content: "sunny" },
        { role: "user", content: "And?" },
      ],
    }),
    "a forced tool": chat({ ...CHAT_TOOLS, tool_choice: "required" }),
    "instructions alone": chat({ messages: [{ role: "system", content: "Say hi." }] }),
    "instructions and silence": chat({
      messages: [
        { role: "system", content: "Say hi." },
        { role: "user", content: "" },
      ],
    }),
    "ids of another format": chat({
      ...CHAT_TOOLS,
      messages: [
        { role: "user", content: "Bern?" },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "call:1|fc.1", type: "function", function: { name: "weather", arguments: TEXT_OF_BERNE } },
          ],
        },
        { role: "tool", tool_call_id: "call:1|fc.1", content: "" },
      ],
    }),
    "sampling at its bounds": chat({ top_p: 1, presence_penalty: 0, frequency_penalty: 0 }),
    "a schema": chat({
      response_format: { type: "json_schema", json_schema: { name: "place", schema: parameters, strict: true } },
    }),
    "an image": chat({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "what?" },
            { type: "image_url", image_url: { url: URL_OF_PIXEL } },
          ],
        },
      ],
    }),
    reasoning: chat({ reasoning_effort: "low" }),
  },
  "openai-responses": {
    text: responses({ instructions: "Be brief." }),
    "a tool's round trip": responses({
      ...RESPONSES_TOOLS,
      input: [
        { role: "user", content: "Bern?" },
        { type: "function_call", call_id: "call_1", name: "weather", arguments: TEXT_OF_BERNE },
        { type: "function_call_output", call_id: "call_1", output: "sunny" },
      ],
    }),
    "a forced tool": responses({ ...RESPONSES_TOOLS, tool_choice: { type: "function", name: "weather" } }),
    "a schema": responses({
      text: { format: { type: "json_schema", name: "place", schema: parameters, strict: true } },
    }),
    "an image": responses({
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "what?" },
            { type: "input_image", image_url: URL_OF_PIXEL },
          ],
        },
      ],
    }),
    reasoning: responses({ reasoning: { effort: "low" } }),
  },
  "anthropic-messages": {
    text: messages({ system: "Be brief." }),
    "a tool's round trip": messages({
      ...MESSAGES_TOOLS,
      messages: [
        { role: "user", content: "Bern?" },
        {
          role: "assistant",
          content: [
            { type: "text", text: "Let me see." },
            { type: "tool_use", id: "toolu_1", name: "weather", input: BERNE },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: "sunny" },
            { type: "text", text: "And?" },
          ],
        },
      ],
    }),
    "a forced tool": messages({ ...MESSAGES_TOOLS, tool_choice: { type: "any" } }),
    "a schema": messages({ output_config: { format: { type: "json_schema", schema: parameters } } }),
    "an image": messages({
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
            { type: "text", text: "what?" },
          ],
        },
      ],
    }),
    reasoning: messages({ thinking: { type: "enabled", budget_tokens: 1_024 } }),
  },
  gemini: {
    text: gemini({ systemInstruction: { parts: [{ text: "Be brief." }] } }),
    "a tool's round trip": gemini({
      ...GEMINI_TOOLS,
      contents: [
        { role: "user", parts: [{ text: "Bern?" }] },
        { role: "model", parts: [{ functionCall: { name: "weather", args: BERNE } }] },
        { role: "user", parts: [{ functionResponse: { name: "weather", response: { output: "sunny" } } }] },
      ],
    }),
    "a forced tool": gemini({ ...GEMINI_TOOLS, toolConfig: { functionCallingConfig: { mode: "ANY" } } }),
    "a schema": gemini({
      generationConfig: { responseMimeType: "application/json", responseJsonSchema: parameters },
    }),
    "an image": gemini({
      contents: [{ role: "user", parts: [{ inlineData: { mimeType: "image/png", data: PIXEL } }, { text: "what?" }] }],
    }),
    reasoning: gemini({ generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1_024 } } }),
  },
};

const CLIENTS = [openAiChatClient, openAiResponsesClient, anthropicClient, geminiClient];
const MODELS: Readonly<Record<string, string>> = {
  openai: "gpt-5-mini",
  anthropic: "claude-opus-5",
  google: "gemini-2.5-flash",
  bedrock: "anthropic.claude-sonnet-4-5-20250929-v1:0",
  cohere: "command-a-reasoning-08-2025",
  mistral: "mistral-small-latest",
  together: "openai/gpt-oss-120b",
};
const MATRIX = CLIENTS.flatMap(({ format }) =>
  Object.keys(MODELS).flatMap((provider) =>
    Object.keys(CASES[format] ?? {}).flatMap((name) =>
      [false, true].map((stream) => ({ format, provider, name, stream, how: stream ? "streamed" : "whole" })),
    ),
  ),
);

describe("what the gateway writes, judged by the simulated providers", () => {
  it.each(MATRIX)("$format to $provider: $name, $how", async ({ format, provider, name, stream }) => {
    const client = CLIENTS.find((codec) => codec.format === format);
    const spec = PROVIDERS.find(({ id }) => id === provider);
    const body = { ...CASES[format]?.[name], ...(format === "gemini" ? {} : { stream }) };
    const hints = format === "gemini" ? { model: "m", stream } : { model: null, stream: null };
    const request = client?.parseRequest(JSON.stringify(body), hints);
    if (spec === undefined || request === undefined) throw new Error("no such provider or format");
    const upstreamModel = MODELS[provider] ?? "m";
    const settings = {
      baseUrl: simulatedBaseUrl(sim.url, provider),
      apiKey: SIMULATED.get(provider)?.dialect.makeKey?.(1) ?? "sk-test",
      fetch: () => Promise.reject(new Error("encoding a request opens no connection")),
    };
    const sent = await (
      await spec.load()
    ).encodeRequest(settings, {
      operation: "chat.completions",
      upstreamModel,
      request,
      outputTokens: 2_000,
    });
    const response = await fetch(sent.url, { method: "POST", headers: sent.headers, body: sent.body });
    const text = await response.text();
    expect(`${response.status} ${response.status === 200 ? "" : text}`).toBe("200 ");
  });
});
