import { describe, expect, it } from "vitest";
import { geminiClient, type Prompt } from "#wire";
import { refusal } from "../../support/wire/refusal.ts";

const USER = { role: "user", parts: [{ text: "hi" }] };
const ROUTE = { model: "google/gemini-3-pro", stream: false };

const decode = (body: object): Prompt =>
  geminiClient.parseRequest(JSON.stringify({ contents: [USER], ...body }), ROUTE).decode();
const decodeParts = (role: string, ...parts: readonly object[]) =>
  decode({ contents: [{ role, parts }] }).messages[0]?.parts;

describe("a request in no format in particular", () => {
  it("pairs calls without ids with their results, by name and order", () => {
    const prompt = decode({
      contents: [
        USER,
        {
          role: "model",
          parts: [
            { functionCall: { name: "a", args: { n: 1 } } },
            { functionCall: { name: "b" } },
            { functionCall: { name: "a", args: { n: 2 } } },
            { functionCall: { id: "own", name: "a" } },
          ],
        },
        {
          role: "function",
          parts: [
            { functionResponse: { name: "b", response: { output: "B" } } },
            { functionResponse: { name: "a", response: { result: { n: 1 } } } },
            { functionResponse: { id: "own", name: "a", response: { error: "no" } } },
            { functionResponse: { name: "a", response: { other: 2 } } },
          ],
        },
      ],
    });
    const ids = prompt.messages[1]?.parts.map((part) => (part.type === "tool-call" ? part.id : null));
    expect(ids).toEqual(["call_1", "call_2", "call_3", "own"]);
    expect(prompt.messages[1]?.parts[1]).toMatchObject({ name: "b", arguments: "{}" });
    expect(prompt.messages[2]?.parts).toMatchObject([
      { callId: "call_2", name: "b", parts: [{ text: "B" }], isError: false },
      { callId: "call_1", parts: [{ text: '{"n":1}' }] },
      { callId: "own", parts: [{ text: "no" }], isError: true },
      { callId: "call_3", parts: [{ text: '{"other":2}' }] },
    ]);
  });

  it("reads texts, media and documents", () => {
    expect(
      decodeParts(
        "user",
        { text: "t" },
        { inlineData: { mimeType: "image/png", data: "AA" } },
        { fileData: { mimeType: "image/jpeg", fileUri: "https://x.example.com/a" } },
        { inlineData: { mimeType: "audio/wav", data: "BB" } },
        { inline_data: { mime_type: "application/pdf", data: "CC" } },
      ),
    ).toEqual([
      { type: "text", text: "t" },
      { type: "image", source: { type: "base64", mediaType: "image/png", data: "AA" }, detail: null },
      { type: "image", source: { type: "url", url: "https://x.example.com/a", mediaType: "image/jpeg" }, detail: null },
      { type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "BB" } },
      { type: "document", source: { type: "base64", mediaType: "application/pdf", data: "CC" }, name: null },
    ]);
  });

  it("pictures in a result stay in it", () => {
    const response = {
      id: "c",
      name: "f",
      response: { output: "o" },
      parts: [{ inlineData: { mimeType: "image/png", data: "AA" } }],
    };
    expect(decodeParts("user", { functionResponse: response })).toMatchObject([
      { type: "tool-result", parts: [{ text: "o" }, { type: "image", source: { data: "AA" } }] },
    ]);
  });

  it("thoughts keep whose signature they bear", () => {
    expect(
      decodeParts(
        "model",
        { text: "think", thought: true },
        { text: "", thought: true, thoughtSignature: "prismatic.anthropic-messages.AAA" },
        { text: "said", thoughtSignature: "own" },
        { functionCall: { id: "c", name: "f" }, thoughtSignature: "call" },
      ),
    ).toEqual([
      {
        type: "reasoning",
        text: "think",
        signature: { format: "anthropic-messages", value: "AAA" },
        isRedacted: false,
      },
      { type: "reasoning", text: "", signature: { format: "gemini", value: "own" }, isRedacted: false },
      { type: "text", text: "said" },
      { type: "tool-call", id: "c", name: "f", arguments: "{}", signature: { format: "gemini", value: "call" } },
    ]);
  });

  it("Google's schemas become JSON schemas, and JSON schemas stay", () => {
    const own = {
      type: "OBJECT",
      properties: {
        type: { type: "STRING", nullable: true },
        list: { type: "ARRAY", items: { type: "INTEGER" } },
        either: { anyOf: [{ type: "NUMBER" }, { type: "BOOLEAN" }] },
      },
      propertyOrdering: ["type"],
      required: ["type"],
    };
    const json = { type: "object", properties: { type: { type: "string" } }, additionalProperties: false };
    const { tools } = decode({
      tools: [
        { functionDeclarations: [{ name: "a", parameters: own }] },
        { functionDeclarations: [{ name: "b", parametersJsonSchema: json }, { name: "c" }] },
      ],
    });
    expect(tools).toEqual([
      {
        name: "a",
        description: null,
        schema: {
          type: "object",
          properties: {
            type: { type: ["string", "null"] },
            list: { type: "array", items: { type: "integer" } },
            either: { anyOf: [{ type: "number" }, { type: "boolean" }] },
          },
          required: ["type"],
        },
        strict: null,
      },
      { name: "b", description: null, schema: json, strict: null },
      { name: "c", description: null, schema: null, strict: null },
    ]);
    const { outputFormat } = decode({
      generationConfig: { responseMimeType: "application/json", responseSchema: own },
    });
    expect(outputFormat).toMatchObject({ type: "json_schema", schema: { type: "object" } });
    expect(decode({ generationConfig: { responseMimeType: "application/json" } }).outputFormat).toEqual({
      type: "json",
    });
  });

  it.each<[object, unknown]>([
    [{ mode: "AUTO" }, { type: "auto" }],
    [{ mode: "none" }, { type: "none" }],
    [{ mode: "ANY" }, { type: "required" }],
    [
      { mode: "ANY", allowedFunctionNames: ["f"] },
      { type: "tool", name: "f" },
    ],
    [{ mode: "VALIDATED" }, { type: "auto" }],
  ])("a choice of tools %j is %j", (functionCallingConfig, expected) => {
    expect(decode({ toolConfig: { functionCallingConfig } }).toolChoice).toEqual(expected);
  });

  it.each<[object, unknown]>([
    [
      { thinkingLevel: "HIGH", includeThoughts: true },
      { effort: "high", budgetTokens: null, show: true },
    ],
    [{ thinkingBudget: -1 }, { effort: null, budgetTokens: -1, show: null }],
    [{ thinkingLevel: "THINKING_LEVEL_UNSPECIFIED" }, { effort: null, budgetTokens: null, show: null }],
  ])("thinking %j is %j", (thinkingConfig, expected) => {
    expect(decode({ generationConfig: { thinkingConfig } }).reasoning).toEqual(expected);
  });

  it.each<[string, object]>([
    ["contents[0].role", { contents: [{ role: "system", parts: [] }] }],
    ["contents[0].parts[0]", { contents: [{ parts: [{ executableCode: {} }] }] }],
    ["contents[0].parts[0]", { contents: [{ parts: [{ inlineData: { mimeType: "video/mp4", data: "AA" } }] }] }],
    ["contents[0].parts[0]", { contents: [{ parts: [{ inlineData: { mimeType: "image/png" } }] }] }],
    ["contents[0].parts[0].inlineData.mimeType", { contents: [{ parts: [{ inlineData: { data: "AA" } }] }] }],
    ["contents[0].parts[0].functionCall.name", { contents: [{ parts: [{ functionCall: {} }] }] }],
    [
      "contents[0].parts[0].functionCall.args",
      { contents: [{ parts: [{ functionCall: { name: "f", args: "{}" } }] }] },
    ],
    ["contents[0].parts[0].functionResponse", { contents: [{ parts: [{ functionResponse: { name: "f" } }] }] }],
    [
      "contents[0].parts[0].functionResponse.parts[0]",
      { contents: [{ parts: [{ functionResponse: { id: "c", name: "f", parts: [{}] } }] }] },
    ],
    ["systemInstruction.parts[0]", { systemInstruction: { parts: [{ inlineData: {} }] } }],
    ["tools[0].functionDeclarations[0].name", { tools: [{ functionDeclarations: [{}] }] }],
    ["toolConfig.functionCallingConfig.mode", { toolConfig: { functionCallingConfig: { mode: "SOME" } } }],
    [
      "toolConfig.functionCallingConfig.allowedFunctionNames",
      { toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["a", "b"] } } },
    ],
    [
      "toolConfig.functionCallingConfig.allowedFunctionNames",
      { toolConfig: { functionCallingConfig: { mode: "VALIDATED", allowedFunctionNames: ["a"] } } },
    ],
    [
      "generationConfig.responseMimeType",
      { generationConfig: { responseMimeType: "text/x.enum", responseSchema: { type: "STRING" } } },
    ],
    [
      "generationConfig.thinkingConfig.thinkingBudget",
      { generationConfig: { thinkingConfig: { thinkingBudget: -2 } } },
    ],
  ])("names %s where it cannot be said in another format", (param, body) => {
    expect(refusal(() => decode(body))).toMatchObject({ code: "invalid_parameter", param });
  });
});
