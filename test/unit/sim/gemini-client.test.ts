import { FunctionCallingConfigMode, GoogleGenAI, ApiError, Type, type GenerateContentConfig } from "@google/genai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { countTokens } from "../../../dev/sim/tokens.ts";
import { readAll } from "./client.ts";
import { describeRecorded, readChunks, readRecorded, shapeOf } from "./recordings.ts";

let sim: Sim;
let client: GoogleGenAI;
beforeAll(async () => {
  sim = await startSim();
  client = new GoogleGenAI({
    apiKey: "google-test-key",
    httpOptions: { baseUrl: `${sim.url}/google`, apiVersion: "v1beta" },
  });
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

const model = "gemini-2.5-flash";
const weather = {
  name: "weather",
  parameters: {
    type: Type.OBJECT,
    properties: { city: { type: Type.STRING }, days: { type: Type.INTEGER, minimum: 1, maximum: 7 } },
    required: ["city", "days"],
  },
};
const clock = { name: "clock", parametersJsonSchema: { type: "object", properties: { zone: { type: "string" } } } };
const required: GenerateContentConfig = {
  tools: [{ functionDeclarations: [weather, clock] }],
  toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
};

const post = async (path: string, body: unknown) =>
  fetch(`${sim.url}/google/v1beta${path}`, {
    method: "POST",
    headers: { "x-goog-api-key": "google-test-key", "content-type": "application/json" },
    body: JSON.stringify(body),
  });

const user = (text: string) => ({ contents: [{ role: "user", parts: [{ text }] }] });

/** The error that Google's client throws: its message is the body. */
async function refusalOf(call: Promise<unknown>): Promise<{ status: number; body: unknown }> {
  const error: unknown = await call.then(
    () => null,
    (fault: unknown) => fault,
  );
  if (!(error instanceof ApiError)) throw new Error("the call was not refused");
  return { status: error.status, body: JSON.parse(error.message) };
}

describe("Google's client against the simulated Gemini API", () => {
  it("streams the same text, finish and usage as the whole answer", async () => {
    const contents = "Tell me about rivers [[sim: tokens=40]]";
    const whole = await client.models.generateContent({ model, contents });
    const chunks = await readAll(await client.models.generateContentStream({ model, contents }));
    expect(chunks.map(({ text }) => text ?? "").join("")).toBe(whole.text);
    expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
    expect(whole.usageMetadata).toMatchObject({
      candidatesTokenCount: 40,
      promptTokenCount: 1 + countTokens(contents),
    });
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe("STOP");
    expect(whole.modelVersion).toBe(model);
    expect(chunks[0]?.responseId).not.toBe(whole.responseId);
  });

  it("counts the output so far in every chunk, and never more than at the end", async () => {
    const chunks = await readAll(await client.models.generateContentStream({ model, contents: "[[sim: tokens=5]]" }));
    expect(chunks.map(({ usageMetadata }) => usageMetadata?.candidatesTokenCount)).toEqual([1, 2, 3, 4, 5, 5]);
  });

  it("cuts at the maximum and before a stop sequence", async () => {
    const contents = "[[sim: tokens=30]]";
    const cut = await client.models.generateContent({ model, contents, config: { maxOutputTokens: 7 } });
    expect(cut.candidates?.[0]?.finishReason).toBe("MAX_TOKENS");
    expect(cut.usageMetadata?.candidatesTokenCount).toBe(7);
    const whole = (await client.models.generateContent({ model, contents })).text ?? "";
    const stop = whole.slice(10, 14);
    const stopped = await client.models.generateContent({ model, contents, config: { stopSequences: [stop] } });
    expect(stopped.text).toBe(whole.slice(0, whole.indexOf(stop)));
    expect(stopped.candidates?.[0]?.finishReason).toBe("STOP");
  });

  it("gives several candidates, interleaved in a stream", async () => {
    const request = { model, contents: "[[sim: tokens=4]]", config: { candidateCount: 2 } };
    const whole = await client.models.generateContent(request);
    expect(new Set(whole.candidates?.map(({ content }) => content?.parts?.[0]?.text)).size).toBe(2);
    expect(whole.usageMetadata?.candidatesTokenCount).toBe(8);
    const chunks = await readAll(await client.models.generateContentStream(request));
    // Index 0 is proto3's default, yet Google writes it.
    expect(chunks.slice(0, 4).map(({ candidates }) => candidates?.[0]?.index)).toEqual([0, 1, 0, 1]);
  });

  it("shows thoughts only when asked, counts them beside the text, and signs what follows", async () => {
    const contents = "[[sim: tokens=5 reasoning=20]]";
    const hidden = await client.models.generateContent({ model, contents });
    expect(hidden.candidates?.[0]?.content?.parts?.map(({ thought }) => thought)).toEqual([undefined]);
    const shown = await client.models.generateContent({
      model,
      contents,
      config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1_024 } },
    });
    const [thought, text] = shown.candidates?.[0]?.content?.parts ?? [];
    expect(thought).toMatchObject({ thought: true, text: expect.stringMatching(/\w/) });
    expect(text?.thoughtSignature).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(shown.text).toBe(hidden.text);
    expect(shown.usageMetadata).toMatchObject({ candidatesTokenCount: 5, thoughtsTokenCount: 20 });
    expect(shown.usageMetadata?.totalTokenCount).toBe((shown.usageMetadata?.promptTokenCount ?? 0) + 25);
  });

  it("calls tools in parallel with arguments that fit either kind of schema, and takes their results", async () => {
    const request = { model, contents: "[[sim: calls=2]]", config: required };
    const whole = await client.models.generateContent(request);
    const calls = whole.functionCalls ?? [];
    expect(calls.map(({ name }) => name)).toEqual(["weather", "clock"]);
    expect(calls[0]?.args).toEqual({ city: expect.any(String), days: expect.any(Number) });
    expect(whole.candidates?.[0]?.finishReason).toBe("STOP");
    const chunks = await readAll(await client.models.generateContentStream(request));
    expect(chunks.flatMap(({ functionCalls }) => functionCalls ?? [])).toEqual(calls);
    expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);

    const answer = calls.map(({ name }) => ({ functionResponse: { name: name ?? "", response: { output: "sunny" } } }));
    const history = [
      { role: "user", parts: [{ text: "Berne?" }] },
      { role: "model", parts: calls.map((functionCall) => ({ functionCall })) },
    ];
    const config = { tools: required.tools ?? [] };
    const next = await client.models.generateContent({
      model,
      contents: [...history, { role: "user", parts: answer }],
      config,
    });
    expect(next.text).toMatch(/\w/);
    const one = { role: "user", parts: answer.slice(0, 1) };
    const short = client.models.generateContent({ model, contents: [...history, one], config });
    expect((await refusalOf(short)).status).toBe(400);
  });

  it("wants Gemini 3's signature back with the call that it signed", async () => {
    const gemini3 = "gemini-3-pro-preview";
    const first = await client.models.generateContent({ model: gemini3, contents: "Berne?", config: required });
    const content = first.candidates?.[0]?.content ?? {};
    expect(content.parts?.[0]).toMatchObject({
      thoughtSignature: expect.any(String),
      functionCall: { id: expect.any(String) },
    });
    const rest = (parts: typeof content.parts) => ({
      model: gemini3,
      contents: [
        { role: "user", parts: [{ text: "Berne?" }] },
        { role: "model", parts: parts ?? [] },
        { role: "user", parts: [{ functionResponse: { name: "weather", response: {} } }] },
      ],
      config: { tools: required.tools ?? [] },
    });
    expect((await client.models.generateContent(rest(content.parts))).text).toMatch(/\w/);
    const unsigned = content.parts?.map(({ functionCall }) => ({ functionCall: functionCall ?? {} }));
    const refused = await refusalOf(client.models.generateContent(rest(unsigned)));
    expect(JSON.stringify(refused.body)).toContain("missing a thought_signature");
  });

  it("answers a schema of Google's own and a JSON schema with JSON that fits", async () => {
    const own = await client.models.generateContent({
      model,
      contents: "a person",
      config: { responseMimeType: "application/json", responseSchema: weather.parameters },
    });
    expect(JSON.parse(own.text ?? "")).toEqual({ city: expect.any(String), days: expect.any(Number) });
    const schema = { type: "object", properties: { kind: { enum: ["small"] } }, additionalProperties: false };
    const json = await client.models.generateContent({
      model,
      contents: "a thing",
      config: { responseMimeType: "application/json", responseJsonSchema: schema },
    });
    expect(JSON.parse(json.text ?? "")).toEqual({ kind: "small" });
  });

  it("counts pictures, sound and documents by modality", async () => {
    const file = (mimeType: string) => ({ inlineData: { mimeType, data: "AAAA" } });
    const parts = [
      { text: "What is this?" },
      file("image/png"),
      file("audio/wav"),
      { fileData: { fileUri: "https://example.com/a.pdf", mimeType: "application/pdf" } },
    ];
    const answer = await client.models.generateContent({ model, contents: [{ role: "user", parts }] });
    const details = answer.usageMetadata?.promptTokensDetails ?? [];
    expect(details.map(({ modality }) => modality)).toEqual(["TEXT", "IMAGE", "AUDIO", "DOCUMENT"]);
    const sum = details.reduce((total, { tokenCount }) => total + (tokenCount ?? 0), 0);
    expect(answer.usageMetadata?.promptTokenCount).toBe(sum);
  });

  it("makes pictures in an answer and by predict", async () => {
    const answer = await client.models.generateContent({ model: "gemini-2.5-flash-image", contents: "A boat" });
    expect(answer.data).toMatch(/^iVBORw0KGgo/);
    expect(answer.usageMetadata?.candidatesTokensDetails).toEqual([{ modality: "IMAGE", tokenCount: 1_290 }]);
    const body = { instances: [{ prompt: "A boat" }], parameters: { sampleCount: 2 } };
    const made: unknown = await (await post("/models/imagen-4.0-generate-001:predict", body)).json();
    const image = { mimeType: "image/png", bytesBase64Encoded: expect.stringMatching(/^iVBORw0KGgo/) };
    expect(made).toEqual({ predictions: [image, image] });
  });

  it("says what was searched, and bills what tools of Google's read", async () => {
    const searched = await client.models.generateContent({
      model,
      contents: "[[sim: searches=2]]",
      config: { tools: [{ googleSearch: {} }, { urlContext: {} }] },
    });
    const grounding = searched.candidates?.[0]?.groundingMetadata;
    expect(grounding?.webSearchQueries).toHaveLength(2);
    expect(grounding?.groundingSupports?.[0]?.groundingChunkIndices).toEqual([0]);
    const { promptTokenCount = 0, candidatesTokenCount = 0, ...usage } = searched.usageMetadata ?? {};
    expect(usage).toMatchObject({ toolUsePromptTokenCount: 40 });
    expect(usage.totalTokenCount).toBe(promptTokenCount + candidatesTokenCount + 40);
  });

  it("gives logprobs of each token", async () => {
    const config = { responseLogprobs: true, logprobs: 2 };
    const answer = await client.models.generateContent({ model, contents: "[[sim: tokens=3]]", config });
    const result = answer.candidates?.[0]?.logprobsResult;
    expect(result?.chosenCandidates?.map(({ token }) => token).join("")).toBe(answer.text);
    expect(result?.topCandidates?.[0]?.candidates).toHaveLength(2);
    expect(answer.candidates?.[0]?.avgLogprobs).toBeLessThan(0);
  });

  it("refuses an answer and a whole prompt as Google does", async () => {
    const answer = await client.models.generateContent({ model, contents: "[[sim: refuse]]" });
    expect(answer.candidates?.[0]).toMatchObject({ finishReason: "SAFETY", safetyRatings: expect.any(Array) });
    const blocked = await client.models.generateContent({ model, contents: "[[sim: refuse empty]]" });
    expect(blocked.candidates).toBeUndefined();
    expect(blocked.promptFeedback?.blockReason).toBe("PROHIBITED_CONTENT");
    const chunks = await readAll(
      await client.models.generateContentStream({ model, contents: "[[sim: refuse empty]]" }),
    );
    expect(chunks[0]?.promptFeedback?.blockReason).toBe("PROHIBITED_CONTENT");
  });

  it("reports cached tokens inside the prompt's, or no usage at all", async () => {
    const cached = await client.models.generateContent({ model, contents: "one two three four [[sim: cached=3]]" });
    expect(cached.usageMetadata).toMatchObject({ cachedContentTokenCount: 3 });
    expect(cached.usageMetadata?.promptTokenCount).toBeGreaterThan(3);
    const silent = await client.models.generateContent({ model, contents: "[[sim: no_usage]]" });
    expect(silent.usageMetadata).toBeUndefined();
  });

  it("counts tokens of contents alone, and of a whole request", async () => {
    const contents = "Eight letters, some signs!";
    const alone = await client.models.countTokens({ model, contents });
    expect(alone.totalTokens).toBe(1 + countTokens(contents));
    const generateContentRequest = {
      model: `models/${model}`,
      ...user(contents),
      systemInstruction: { parts: [{ text: "Be short" }] },
    };
    const whole: unknown = await (await post(`/models/${model}:countTokens`, { generateContentRequest })).json();
    expect(whole).toMatchObject({ totalTokens: 2 + countTokens(contents) + countTokens("Be short") });
    expect((await post(`/models/${model}:countTokens`, { ...user("x"), generateContentRequest })).status).toBe(400);
  });

  it("embeds one text and several, of the length asked for", async () => {
    const embedder = "gemini-embedding-001";
    const many = await client.models.embedContent({
      model: embedder,
      contents: ["a", "b"],
      config: { outputDimensionality: 8 },
    });
    expect(many.embeddings?.map(({ values }) => values?.length)).toEqual([8, 8]);
    const one: unknown = await (
      await post(`/models/${embedder}:embedContent`, { content: { parts: [{ text: "a" }] }, outputDimensionality: 8 })
    ).json();
    expect(one).toEqual({ embedding: { values: many.embeddings?.[0]?.values } });
  });

  it("lists its models", async () => {
    const names = (await readAll(await client.models.list())).map(({ name }) => name);
    expect(names).toContain(`models/${model}`);
    expect((await client.models.get({ model })).supportedActions).toContain("generateContent");
  });
});

describe("the simulated Gemini API's refusals", () => {
  it.each([
    [429, "RESOURCE_EXHAUSTED"],
    [500, "INTERNAL"],
    [503, "UNAVAILABLE"],
    [504, "DEADLINE_EXCEEDED"],
  ])("answers %i as %s", async (status, name) => {
    const refused = await refusalOf(
      client.models.generateContent({ model, contents: `[[sim: fail=${status} retry_after=7]]` }),
    );
    expect(refused).toMatchObject({ status, body: { error: { code: status, status: name } } });
    const delays = JSON.stringify(refused.body).match(/"retryDelay":"7s"/g) ?? [];
    expect(delays).toHaveLength(status === 429 ? 1 : 0);
  });

  it("refuses a wrong key with 400 and its reason, a missing one with 403, and takes none from the query", async () => {
    const wrong = await refusalOf(client.models.generateContent({ model, contents: "[[sim: bad_key]]" }));
    expect(wrong).toMatchObject({ status: 400, body: { error: { details: [{ reason: "API_KEY_INVALID" }, {}] } } });
    const url = `${sim.url}/google/v1beta/models/${model}:generateContent?key=google-test-key`;
    const bearer = await fetch(url, {
      method: "POST",
      body: JSON.stringify(user("x")),
      headers: { authorization: "Bearer x" },
    });
    expect(bearer.status).toBe(403);
  });

  const parameters = { type: "OBJECT", properties: { a: { type: "STRING" } } };
  it.each<[string, object, string]>([
    ["an unknown name", { ...user("x"), messages: [] }, 'Unknown name "messages"'],
    ["an unknown name inside", { ...user("x"), generationConfig: { max_tokens: 5 } }, "at 'generation_config'"],
    ["no contents", { contents: [] }, "contents is not specified"],
    ["a role of another format", { contents: [{ role: "assistant", parts: [{ text: "x" }] }] }, "valid role"],
    ["a part without data", { contents: [{ role: "user", parts: [{ thought: true }] }] }, "oneof field 'data'"],
    [
      "bytes that are not base64",
      { contents: [{ parts: [{ inlineData: { mimeType: "image/png", data: "%%" } }] }] },
      "Base64",
    ],
    [
      "six stop sequences",
      { ...user("x"), generationConfig: { stopSequences: ["1", "2", "3", "4", "5", "6"] } },
      "stop_sequences",
    ],
    [
      "a name of JSON Schema that is not Google's",
      {
        ...user("x"),
        tools: [{ functionDeclarations: [{ name: "f", parameters: { ...parameters, additionalProperties: false } }] }],
      },
      'Unknown name "additionalProperties"',
    ],
    ["a schema without JSON", { ...user("x"), generationConfig: { responseSchema: parameters } }, "response_schema"],
    [
      "ANY without functions",
      { ...user("x"), toolConfig: { functionCallingConfig: { mode: "ANY" } } },
      "function_declarations",
    ],
    [
      "a result without a call",
      { contents: [{ role: "user", parts: [{ functionResponse: { name: "f", response: {} } }] }] },
      "immediately after a function call turn",
    ],
    [
      "a thinking level before Gemini 3",
      { ...user("x"), generationConfig: { thinkingConfig: { thinkingLevel: "low" } } },
      "Thinking level",
    ],
  ])("refuses %s", async (_, body, words) => {
    const response = await post(`/models/${model}:generateContent`, body);
    expect(response.status).toBe(400);
    const answer: unknown = await response.json();
    expect(answer).toMatchObject({
      error: { code: 400, status: "INVALID_ARGUMENT", message: expect.stringContaining(words) },
    });
  });

  it("takes the spelling of protocol buffers too", async () => {
    const body = {
      contents: user("[[sim: tokens=9]]").contents,
      generation_config: { max_output_tokens: 3 },
      system_instruction: { parts: [{ text: "Be short" }] },
    };
    const answer: unknown = await (await post(`/models/${model}:generateContent`, body)).json();
    expect(answer).toMatchObject({
      usageMetadata: { candidatesTokenCount: 3 },
      candidates: [{ finishReason: "MAX_TOKENS" }],
    });
  });

  it("breaks a stream with an error in Google's shape", async () => {
    const body = user("[[sim: tokens=9 error_after=2 error_status=503]]");
    const text = await (await post(`/models/${model}:streamGenerateContent?alt=sse`, body)).text();
    const events = text.split("\n\n").filter((event) => event !== "");
    expect(events).toHaveLength(3);
    expect(JSON.parse(events[2]?.slice("data: ".length) ?? "")).toMatchObject({
      error: { code: 503, status: "UNAVAILABLE" },
    });
  });

  it("streams one JSON array without alt=sse", async () => {
    const response = await post(`/models/${model}:streamGenerateContent`, user("[[sim: tokens=2]]"));
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toHaveLength(3);
  });
});

describeRecorded("the simulated Gemini API against recorded responses: keys, their order and types", () => {
  const gemini3 = "gemini-3-pro-preview";
  const steered = user("[[sim: tokens=2 reasoning=9]]");
  const tools = [
    {
      functionDeclarations: [
        { name: "weather", parameters: { type: "OBJECT", properties: { location: { type: "STRING" } } } },
      ],
    },
  ];
  // Newer recordings name each call; these do not.
  const withoutId = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(/"id":"\w+",/g, ""));
  const wholeOf = async (body: object): Promise<unknown> =>
    (await post(`/models/${gemini3}:generateContent`, body)).json();
  const streamOf = async (body: object): Promise<unknown[]> => {
    const text = await (await post(`/models/${gemini3}:streamGenerateContent?alt=sse`, body)).text();
    return text
      .split("\n\n")
      .filter((event) => event !== "")
      .map((event): unknown => JSON.parse(event.slice("data: ".length)));
  };

  it("answers text whole and streamed like Google", async () => {
    const whole = await wholeOf(steered);
    expect(sorted(whole)).toEqual(sorted(JSON.parse(readRecorded("google-generate/google-text.json"))));
    expect((await streamOf(steered)).map(sorted)).toEqual(
      readChunks("google-generate/google-text.chunks.txt").map(sorted),
    );
  });

  it("answers a tool call whole and streamed like Google", async () => {
    const body = { ...user("[[sim: tool=weather reasoning=9]]"), tools };
    expect(sorted(withoutId(await wholeOf(body)))).toEqual(
      sorted(JSON.parse(readRecorded("google-generate/google-tool-call.json"))),
    );
    expect((await streamOf(body)).map(withoutId).map(sorted)).toEqual(
      readChunks("google-generate/google-tool-call.chunks.txt").map(sorted),
    );
  });

  it("words a rate limit like Google", async () => {
    const response = await post(`/models/${model}:generateContent`, user("[[sim: fail=429]]"));
    const recorded: unknown = JSON.parse(readRecorded("google-generate/google-429-retry-info.json"));
    expect(shapeOf(await response.json())).toEqual(shapeOf(recorded));
  });

  /** The shape without the order of keys, which Google's own answers do not keep. */
  function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return typeof value;
    const names = Object.entries(value).map(([name, inner]): [string, unknown] => [name, sorted(inner)]);
    return Object.fromEntries(names.sort(([left], [right]) => left.localeCompare(right)));
  }
});
