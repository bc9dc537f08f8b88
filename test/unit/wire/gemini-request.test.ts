import { describe, expect, it } from "vitest";
import { geminiClient, type TextRequest } from "#wire";
import { refusal } from "../../support/wire/refusal.ts";

const USER = { role: "user", parts: [{ text: "hi" }] };
const WEATHER = { name: "get_weather", description: "d", parameters: { type: "OBJECT" } };
const ROUTE = { model: "google/gemini-3-pro", stream: false };

const parseText = (text: string): TextRequest => geminiClient.parseRequest(text, ROUTE);
const parse = (body: object): TextRequest => parseText(JSON.stringify({ contents: [USER], ...body }));

describe("reading a request to :generateContent", () => {
  it("takes the model and whether to stream from the address", () => {
    const request = geminiClient.parseRequest(JSON.stringify({ contents: [USER] }), { model: "m", stream: true });
    expect(request).toMatchObject({ format: "gemini", model: "m", stream: true, choices: 1, outputMaximum: null });
    expect(refusal(() => geminiClient.parseRequest('{"contents":[{}]}', { model: null, stream: null })).param).toBe(
      "model",
    );
  });

  it("reads both spellings alike", () => {
    const camel = parse({
      systemInstruction: { parts: [{ text: "s" }] },
      generationConfig: { maxOutputTokens: 7, topP: 0.5, stopSequences: ["x"], candidateCount: 2 },
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["get_weather"] } },
      tools: [{ functionDeclarations: [WEATHER] }],
    });
    const snake = parse({
      system_instruction: { parts: [{ text: "s" }] },
      generation_config: { max_output_tokens: 7, top_p: 0.5, stop_sequences: ["x"], candidate_count: 2 },
      tool_config: { function_calling_config: { mode: "ANY", allowed_function_names: ["get_weather"] } },
      tools: [{ function_declarations: [WEATHER] }],
    });
    expect(camel).toMatchObject({ outputMaximum: 7, choices: 2 });
    expect(snake).toMatchObject({ outputMaximum: 7, choices: 2, uses: camel.uses });
    expect(snake.decode()).toEqual(camel.decode());
    expect(snake.input).toEqual(camel.input);
  });

  it.each([
    ["generation_config", { generationConfig: {}, generation_config: {} }],
    ["generationConfig.max_output_tokens", { generationConfig: { maxOutputTokens: 1, max_output_tokens: 9 } }],
  ])("refuses one member in both spellings: %s", (param, body) => {
    expect(refusal(() => parse(body))).toMatchObject({ code: "invalid_parameter", param });
  });

  it.each<[string, object]>([
    ["contents", { contents: [] }],
    ["contents", { contents: "hi" }],
    ["generationConfig", { generationConfig: [] }],
    ["generationConfig.maxOutputTokens", { generationConfig: { maxOutputTokens: "5" } }],
    ["generationConfig.maxOutputTokens", { generationConfig: { maxOutputTokens: 0 } }],
    ["generationConfig.candidateCount", { generationConfig: { candidateCount: 9 } }],
    ["generationConfig.stopSequences[0]", { generationConfig: { stopSequences: [1] } }],
    ["tools[0]", { tools: ["googleSearch"] }],
    ["usage.include", { usage: { include: 1 } }],
  ])("refuses %s of a wrong type or size: %j", (param, body) => {
    expect(refusal(() => parse(body))).toMatchObject({ code: "invalid_parameter", param });
  });

  it("refuses what is no JSON without quoting it", () => {
    const error = refusal(() => parseText('{"contents":[secret'));
    expect(error.code).toBe("invalid_json");
    expect(error.message).not.toContain("secret");
    expect(refusal(() => parseText('{"Contents":[],"contents":[{}]}')).param).toBe("contents");
  });

  it("names what it uses, by the caller's own words", () => {
    const { uses } = parse({
      generationConfig: {
        temperature: 0,
        topK: 3,
        seed: 1,
        presencePenalty: 1,
        responseLogprobs: true,
        thinkingConfig: { thinkingBudget: 0 },
        responseMimeType: "application/json",
        responseSchema: { type: "OBJECT" },
      },
      tools: [{ functionDeclarations: [WEATHER] }],
      contents: [
        { parts: [{ inlineData: { mimeType: "image/png", data: "AA" } }, { fileData: { fileUri: "gs://x" } }] },
      ],
    });
    expect(Object.fromEntries(uses)).toEqual({
      temperature: "generationConfig.temperature",
      top_k: "generationConfig.topK",
      seed: "generationConfig.seed",
      presence_penalty: "generationConfig.presencePenalty",
      logprobs: "generationConfig.responseLogprobs",
      reasoning: "generationConfig.thinkingConfig",
      structured_output: "generationConfig.responseSchema",
      tools: "tools",
      image_input: "contents",
      document_input: "contents",
    });
    expect(parse({ generationConfig: { stopSequences: [], responseLogprobs: false } }).uses.size).toBe(0);
  });

  it.each<[object, readonly string[]]>([
    [{ tools: [{ googleSearch: {} }] }, ["web_search"]],
    [{ tools: [{ google_search: {} }, { codeExecution: {} }] }, ["web_search", "server_tool"]],
    [{ tools: [{ urlContext: {} }] }, ["server_tool"]],
    [{ cachedContent: "cachedContents/x" }, ["server_state"]],
    [{ generationConfig: { responseModalities: ["TEXT", "image"] } }, ["image_output"]],
    [{ generationConfig: { speechConfig: {} } }, ["audio_output"]],
    [{ tools: [{ functionDeclarations: [WEATHER] }] }, []],
  ])("%j may be billed beyond tokens: %j", (body, extras) => {
    expect(parse(body).extras).toEqual(extras);
  });

  it("takes our extensions and leaves them unread", () => {
    const request = parse({ usage: { include: true }, models: ["a"], provider: { only: ["b"] } });
    expect(request).toMatchObject({ includeCost: true, includeUsage: true, models: ["a"], provider: { only: ["b"] } });
  });
});

describe("what a model may read is counted, and never less", () => {
  const bytesOf = (body: object): number => parse(body).input.textBytes;
  const long = "x".repeat(10_000);

  it("counts every text once, and media as items", () => {
    const request = parse({
      systemInstruction: { parts: [{ text: "12345" }] },
      contents: [
        { parts: [{ text: "äö" }, { inlineData: { mimeType: "image/png", data: long } }] },
        {
          parts: [
            { inline_data: { mime_type: "audio/mp3", data: long } },
            { fileData: { fileUri: long, mimeType: "video/mp4" } },
          ],
        },
      ],
    });
    expect(request.input).toEqual({ messages: 3, textBytes: 9, images: 1, audios: 1, files: 1 });
  });

  it.each<[string, object]>([
    ["arguments", { functionCall: { name: "f", args: { a: long } } }],
    ["names of arguments", { functionCall: { name: "f", args: { [long]: 1 } } }],
    ["numbers in a result", { functionResponse: { name: "f", response: { rows: Array.from(long, () => 12_345) } } }],
    [
      "a medium that is none: arguments",
      { functionCall: { name: "f", args: { inlineData: { mimeType: "image/png", data: long } } } },
    ],
    ["a medium that is none: a result", { functionResponse: { name: "f", response: { inline_data: { data: long } } } }],
    ["what stands beside a medium's data", { inlineData: { mimeType: "image/png", data: "AA", displayName: long } }],
    ["a member that nobody knows", { newKind: { deep: [long] } }],
    ["a token of the wrong length", { thoughtSignature: long }],
  ])("counts %s", (_, part) => {
    expect(bytesOf({ contents: [{ role: "user", parts: [part] }] })).toBeGreaterThanOrEqual(long.length);
  });

  it("counts pictures inside a result as pictures", () => {
    const part = {
      functionResponse: { name: "f", response: {}, parts: [{ inlineData: { mimeType: "image/png", data: long } }] },
    };
    const { input } = parse({ contents: [{ parts: [part] }] });
    expect(input.images).toBe(1);
    expect(input.textBytes).toBeLessThan(100);
  });

  it.each([
    ["tools", { tools: [{ functionDeclarations: [{ name: "f", parameters: { properties: { [long]: {} } } }] }] }],
    ["tools that look like media", { tools: [{ functionDeclarations: [{ inlineData: { data: long } }] }] }],
  ])("counts %s apart", (_, body) => {
    const request = parse(body);
    expect(request.toolsBytes).toBeGreaterThanOrEqual(long.length);
    expect(request.input.textBytes).toBe("user".length + "hi".length);
  });

  it("counts the schema of the answer apart, and estimates tokens of all", () => {
    const request = parse({ generationConfig: { responseJsonSchema: { properties: { [long]: {} } } } });
    expect(request.formatBytes).toBeGreaterThanOrEqual(long.length);
    expect(request.estimateInputTokens()).toBeGreaterThan(100);
  });
});
