import { EventStreamCodec } from "@smithy/eventstream-codec";
import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkSignature } from "../../../dev/sim/formats/bedrock-converse/sigv4.ts";
import { simulatedKey, startSim, type Sim } from "../../../dev/sim/index.ts";
import { countTokens } from "../../../dev/sim/tokens.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

const claude = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const [accessKeyId = "", secretAccessKey = ""] = simulatedKey("bedrock", "a test").split(":");
const signer = new AwsClient({ accessKeyId, secretAccessKey, service: "bedrock", region: "us-east-1", retries: 0 });

async function post(method: "converse" | "converse-stream", body: object, model = claude): Promise<Response> {
  const url = `${sim.url}/bedrock/model/${encodeURIComponent(model)}/${method}`;
  return signer.fetch(url, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
}

interface Frame {
  readonly name: string;
  readonly type: unknown;
  readonly value: Readonly<Record<string, unknown>>;
}

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes)),
  (text) => new TextEncoder().encode(text),
);

/** Cuts and decodes the frames; the codec checks both checksums of each. */
function decode(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    const { headers, body } = codec.decode(bytes.subarray(at, at + length));
    const name = headers[":event-type"]?.value ?? headers[":exception-type"]?.value;
    frames.push({
      name: String(name),
      type: headers[":message-type"]?.value,
      value: JSON.parse(new TextDecoder().decode(body)),
    });
    at += length;
  }
  return frames;
}

async function stream(body: object, model = claude): Promise<Frame[]> {
  const response = await post("converse-stream", body, model);
  expect(response.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
  return decode(new Uint8Array(await response.arrayBuffer()));
}

const user = (text: string) => ({ messages: [{ role: "user", content: [{ text }] }] });
const converse = async (body: object, model = claude): Promise<unknown> => (await post("converse", body, model)).json();

const weather = {
  toolSpec: {
    name: "weather",
    inputSchema: {
      json: { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } }, required: ["city"] },
    },
  },
};
const clock = { toolSpec: { name: "clock", inputSchema: { json: { type: "object", properties: {} } } } };

describe("the simulated Converse", () => {
  it("answers whole with message, stop reason, usage and metrics", async () => {
    const text = "Tell me about rivers [[sim: tokens=20]]";
    const input = 3 + countTokens(text);
    expect(await converse(user(text))).toEqual({
      metrics: { latencyMs: expect.any(Number) },
      output: { message: { role: "assistant", content: [{ text: expect.stringMatching(/\w/) }] } },
      stopReason: "end_turn",
      usage: {
        inputTokens: input,
        outputTokens: 20,
        totalTokens: input + 20,
        cacheReadInputTokens: 0,
        cacheWriteInputTokens: 0,
      },
    });
  });

  it("streams the same text and usage in AWS's frames, each named by its header", async () => {
    const body = user("Tell me about rivers [[sim: tokens=3]]");
    const frames = await stream(body);
    expect(frames.map(({ name }) => name)).toEqual([
      "messageStart",
      ...Array.from({ length: 3 }, () => "contentBlockDelta"),
      "contentBlockStop",
      "messageStop",
      "metadata",
    ]);
    expect(new Set(frames.map(({ type }) => type))).toEqual(new Set(["event"]));
    expect(frames[0]?.value).toMatchObject({ role: "assistant" });
    const text = frames.flatMap(({ value }) => textOf(value)).join("");
    const whole = await converse(body);
    expect(whole).toMatchObject({
      output: { message: { content: [{ text }] } },
      usage: frames.at(-1)?.value["usage"],
      stopReason: frames.at(-2)?.value["stopReason"],
    });
    expect(frames.every(({ value }) => typeof value["p"] === "string")).toBe(true);
  });

  it("calls tools in parallel: whole with input, streamed with pieces of its JSON", async () => {
    const body = { ...user("[[sim: calls=2]]"), toolConfig: { tools: [weather, clock], toolChoice: { any: {} } } };
    const whole = await converse(body);
    expect(whole).toMatchObject({
      stopReason: "tool_use",
      output: { message: { content: [{ toolUse: { name: "weather" } }, { toolUse: { name: "clock", input: {} } }] } },
    });
    const frames = await stream(body);
    const starts = frames.filter(({ name }) => name === "contentBlockStart");
    expect(starts.map(({ value }) => value["start"])).toMatchObject([
      { toolUse: { name: "weather", toolUseId: expect.stringMatching(/^tooluse_[\w-]{22}$/) } },
      { toolUse: { name: "clock" } },
    ]);
    const first = frames.filter(({ value }) => value["contentBlockIndex"] === 0 && value["delta"]);
    const pieces = first.map(
      ({ value }) => /^\{"toolUse":\{"input":(.*)\}\}$/.exec(JSON.stringify(value["delta"]))?.[1] ?? "",
    );
    expect(pieces.length).toBeGreaterThan(1);
    const input = pieces.map((piece) => String(JSON.parse(piece))).join("");
    expect(whole).toMatchObject({ output: { message: { content: [{ toolUse: { input: JSON.parse(input) } }, {}] } } });
  });

  it("names a forced tool, and takes results that answer every call", async () => {
    const toolConfig = { tools: [weather, clock], toolChoice: { tool: { name: "clock" } } };
    expect(await converse({ ...user("x"), toolConfig })).toMatchObject({
      output: { message: { content: [{ toolUse: { name: "clock" } }] } },
    });
    const history = (results: object[]) => ({
      messages: [
        ...user("Berne?").messages,
        { role: "assistant", content: [{ toolUse: { toolUseId: "a", name: "weather", input: { city: "Berne" } } }] },
        { role: "user", content: results },
      ],
      toolConfig: { tools: [weather] },
    });
    const result = (toolUseId: string) => ({
      toolResult: { toolUseId, content: [{ text: "sunny" }], status: "success" },
    });
    expect((await post("converse", history([result("a")]))).status).toBe(200);
    expect(await converse(history([{ text: "and?" }]))).toMatchObject({
      message: expect.stringContaining("following Ids: a"),
    });
    expect(await converse(history([result("a"), result("b")]))).toMatchObject({
      message: expect.stringContaining("exceeds"),
    });
  });

  it("thinks with a signature that must come back with the same text", async () => {
    const body = {
      ...user("[[sim: reasoning=8 tokens=2]]"),
      inferenceConfig: { maxTokens: 4_000 },
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1_024 } },
    };
    const frames = await stream(body);
    const deltas = frames.flatMap(({ value }) => (isRecord(value["delta"]) ? [value["delta"]] : []));
    const thought = deltas.flatMap(({ reasoningContent }) => textOf({ delta: reasoningContent })).join("");
    const signature = deltas
      .map(({ reasoningContent }) => isRecord(reasoningContent) && reasoningContent["signature"])
      .find(Boolean);
    expect(await converse(body)).toMatchObject({
      output: {
        message: {
          content: [
            { reasoningContent: { reasoningText: { text: thought, signature } } },
            { text: expect.any(String) },
          ],
        },
      },
      usage: { outputTokens: 10 },
    });
    const back = (text: string) => ({
      ...body,
      messages: [
        ...user("first").messages,
        {
          role: "assistant",
          content: [{ reasoningContent: { reasoningText: { text, signature } } }, { text: "Yes." }],
        },
        ...user("then").messages,
      ],
    });
    expect((await post("converse", back(thought))).status).toBe(200);
    expect(await converse(back(`${thought}!`))).toMatchObject({
      message: expect.stringContaining("Invalid `signature`"),
    });
  });

  it("seals reasoning when steered so, and takes no thinking for another maker's model", async () => {
    expect(await converse(user("[[sim: reasoning=3 redacted]]"))).toMatchObject({
      output: {
        message: { content: [{ reasoningContent: { redactedContent: expect.stringMatching(/^[\w+/]+=*$/) } }, {}] },
      },
    });
    const body = {
      ...user("x"),
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1_024 } },
    };
    expect(await converse(body, "amazon.nova-pro-v1:0")).toMatchObject({
      message: expect.stringContaining("[thinking]"),
    });
  });

  it("remembers a prompt before a cache point: written at first, read at the next call", async () => {
    const long = "rivers and valleys ".repeat(600);
    const body = (ttl: object) => ({
      system: [{ text: long }, { cachePoint: { type: "default", ...ttl } }],
      ...user("[[sim: tokens=2]]"),
    });
    const tokens = countTokens(long);
    expect(await converse(body({ ttl: "1h" }))).toMatchObject({
      usage: {
        cacheWriteInputTokens: tokens,
        cacheReadInputTokens: 0,
        cacheDetails: [{ ttl: "1h", inputTokens: tokens }],
      },
    });
    const rest = 3 + countTokens("[[sim: tokens=2]]");
    expect(await converse(body({}))).toMatchObject({
      usage: {
        cacheReadInputTokens: tokens,
        cacheWriteInputTokens: 0,
        inputTokens: rest,
        totalTokens: tokens + rest + 2,
      },
    });
  });

  it("honours maximum, stop sequence and schema", async () => {
    const text = "[[sim: tokens=30]]";
    expect(await converse({ ...user(text), inferenceConfig: { maxTokens: 4 } })).toMatchObject({
      stopReason: "max_tokens",
      usage: { outputTokens: 4 },
    });
    expect(await converse({ ...user(text), inferenceConfig: { stopSequences: ["e"] } })).toMatchObject({
      stopReason: "stop_sequence",
    });
    const schema = JSON.stringify({ type: "object", properties: { kind: { enum: ["small"] } } });
    const outputConfig = { textFormat: { type: "json_schema", structure: { jsonSchema: { name: "thing", schema } } } };
    expect(await converse({ ...user("x"), outputConfig })).toMatchObject({
      output: { message: { content: [{ text: '{"kind":"small"}' }] } },
    });
  });

  it.each<[string, object, object]>([
    [
      "cached",
      user("a b c d e [[sim: cached=4 cache_write=2]]"),
      { usage: { cacheReadInputTokens: 4, cacheWriteInputTokens: 2 } },
    ],
    ["zero usage", user("[[sim: zero_usage]]"), { usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 } }],
    ["refusal", user("[[sim: refuse]]"), { stopReason: "content_filtered" }],
    ["nothing", user("[[sim: empty]]"), { output: { message: { content: [] } }, stopReason: "end_turn" }],
  ])("reports %s as steered", async (_, body, expected) => {
    expect(await converse(body)).toMatchObject(expected);
  });

  it("withholds usage, whole and streamed", async () => {
    expect(await converse(user("[[sim: no_usage]]"))).not.toHaveProperty("usage");
    const last = (await stream(user("[[sim: no_usage]]"))).at(-1);
    expect(last).toMatchObject({ name: "metadata", value: { metrics: { latencyMs: expect.any(Number) } } });
    expect(last?.value).not.toHaveProperty("usage");
  });
});

describe("the simulated Converse's refusals", () => {
  it.each([
    [400, "ValidationException"],
    [403, "AccessDeniedException"],
    [404, "ResourceNotFoundException"],
    [424, "ModelErrorException"],
    [429, "ThrottlingException"],
    [500, "InternalServerException"],
    [503, "ServiceUnavailableException"],
  ])("answers %i with %s in its header and a message alone", async (status, exception) => {
    const response = await post("converse", user(`[[sim: fail=${status}]]`));
    expect(response.status).toBe(status);
    expect(response.headers.get("x-amzn-errortype")).toMatch(new RegExp(`^${exception}:`));
    expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  it.each([
    [500, "internalServerException"],
    [429, "throttlingException"],
    [424, "modelStreamErrorException"],
  ])("ends a stream with an exception's frame for %i", async (status, name) => {
    const frames = await stream(user(`[[sim: tokens=9 error_after=2 error_status=${status}]]`));
    expect(frames).toHaveLength(3);
    expect(frames[2]).toMatchObject({ name, type: "exception", value: { message: expect.any(String) } });
  });

  it("dies inside a frame, so that its checksum cannot be read", async () => {
    const response = await post("converse-stream", user("[[sim: tokens=9 die_after=2 die_inside]]"));
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  const block = (content: object) => ({ messages: [{ role: "user", content: [content] }] });
  it.each<[string, object, string]>([
    [
      "a conversation that the assistant begins",
      { messages: [{ role: "assistant", content: [{ text: "x" }] }] },
      "must start with a user",
    ],
    ["two messages of one role", { messages: [...user("a").messages, ...user("b").messages] }, "must alternate"],
    ["a blank text", user("  "), "is blank"],
    ["an empty message", { messages: [{ role: "user", content: [] }] }, "is empty"],
    [
      "a block of two members",
      block({ text: "x", image: { format: "png", source: { bytes: "AA==" } } }),
      "exactly one",
    ],
    ["a block of another format", block({ type: "text", text: "x" }), "messages.1.member.content.1.member"],
    [
      "a document without a text",
      block({ document: { format: "pdf", name: "a", source: { bytes: "AA==" } } }),
      "text block",
    ],
    [
      "a document with a bad name",
      block({ document: { format: "pdf", name: "a.pdf", source: { bytes: "AA==" } } }),
      "document.name",
    ],
    [
      "a picture by its address",
      block({ image: { format: "png", source: { url: "https://example.com/a.png" } } }),
      "source",
    ],
    ["a temperature above one", { ...user("x"), inferenceConfig: { temperature: 1.5 } }, "temperature"],
    ["results without tools", block({ toolResult: { toolUseId: "a", content: [{ text: "x" }] } }), "toolResult blocks"],
    [
      "a small thinking budget",
      { ...user("x"), additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 9 } } },
      "1024",
    ],
  ])("refuses %s", async (_, body, words) => {
    const response = await post("converse", body);
    expect(response.status).toBe(400);
    expect(response.headers.get("x-amzn-errortype")).toMatch(/^ValidationException:/);
    expect(await response.json()).toEqual({ message: expect.stringContaining(words) });
  });
});

describe("AWS's signature at the simulated Bedrock", () => {
  const request = async (
    change: (headers: Headers) => void,
    secret = secretAccessKey,
    service = "bedrock",
  ): Promise<Response> => {
    const own = new AwsClient({ accessKeyId, secretAccessKey: secret, service, region: "eu-west-1" });
    const url = `${sim.url}/bedrock/model/${encodeURIComponent(claude)}/converse`;
    const signed = await own.sign(url, { method: "POST", body: JSON.stringify(user("x")) });
    const headers = new Headers(signed.headers);
    change(headers);
    return fetch(url, { method: "POST", headers, body: JSON.stringify(user("x")) });
  };
  const refusal = (response: Response) => [response.status, response.headers.get("x-amzn-errortype")?.split(":")[0]];

  it("accepts another library's signature of a path with an encoded colon, in any region", async () => {
    expect((await request(() => undefined)).status).toBe(200);
  });

  it.each<[string, (headers: Headers) => void, string]>([
    ["no signature", (headers) => headers.delete("authorization"), "MissingAuthenticationTokenException"],
    ["a bearer key", (headers) => headers.set("authorization", "Bearer x"), "IncompleteSignatureException"],
    [
      "another date than signed",
      (headers) => headers.set("x-amz-date", "20200101T000000Z"),
      "IncompleteSignatureException",
    ],
    [
      "a header that should have been signed",
      (headers) => headers.set("x-amz-security-token", "t"),
      "IncompleteSignatureException",
    ],
  ])("refuses %s", async (_, change, exception) => {
    expect(refusal(await request(change))).toEqual([403, exception]);
  });

  it("refuses another secret, another service, another body and a key steered to be wrong", async () => {
    expect(refusal(await request(() => undefined, "other"))).toEqual([403, "InvalidSignatureException"]);
    expect(refusal(await request(() => undefined, secretAccessKey, "s3"))).toEqual([
      403,
      "IncompleteSignatureException",
    ]);
    const url = `${sim.url}/bedrock/model/${encodeURIComponent(claude)}/converse`;
    const signed = await signer.sign(url, { method: "POST", body: JSON.stringify(user("x")) });
    const other = await fetch(url, { method: "POST", headers: signed.headers, body: JSON.stringify(user("y")) });
    expect(refusal(other)).toEqual([403, "InvalidSignatureException"]);
    expect(refusal(await post("converse", user("[[sim: bad_key]]")))).toEqual([403, "UnrecognizedClientException"]);
  });

  // AWS Signature Version 4 test suite, get-vanilla: credentials, request and signature as AWS publishes them.
  it("works out the signature of AWS's own example", () => {
    const signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    const headers = {
      host: "example.amazonaws.com",
      "x-amz-date": "20150830T123600Z",
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    };
    const example = { method: "GET", path: "/", headers, body: Buffer.alloc(0) };
    const secretOf = () => "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    expect(checkSignature(example, "service", secretOf)).toBeNull();
    expect(checkSignature({ ...example, method: "POST" }, "service", secretOf)).toEqual({ kind: "mismatch" });
  });
});

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
const textOf = ({ delta }: Readonly<Record<string, unknown>>): string[] =>
  isRecord(delta) && typeof delta["text"] === "string" ? [delta["text"]] : [];
