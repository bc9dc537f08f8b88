import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { countTokens } from "../../../dev/sim/tokens.ts";
import { readAll } from "./client.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

const model = "claude-opus-5";
const user = (content: string) => [{ role: "user" as const, content }];
const clientOf = () => new Anthropic({ apiKey: "sk-ant-test", baseURL: `${sim.url}/anthropic`, maxRetries: 0 });
const ask = (content: string, extra: Partial<Anthropic.MessageCreateParamsNonStreaming> = {}) => ({
  model,
  max_tokens: 1_000,
  messages: user(content),
  ...extra,
});
const tools: Anthropic.Tool[] = [
  {
    name: "weather",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
  { name: "now", input_schema: { type: "object", properties: {} } },
];
/** Enough to be remembered: more than 1,024 tokens. */
const LONG = "river stone light harbour ".repeat(300);

describe("the official client against the simulated Anthropic", () => {
  it("streams the same content, stop reason and usage as the whole answer", async () => {
    const client = clientOf();
    const request = ask("Tell me about rivers [[sim: tokens=40]]");
    const whole = await client.messages.create(request);
    const final = await client.messages.stream(request).finalMessage();
    expect(final.content).toEqual(whole.content);
    expect(final.usage).toEqual(whole.usage);
    expect(whole).toMatchObject({ stop_reason: "end_turn", usage: { output_tokens: 40 } });
    expect(final.id).not.toBe(whole.id);
    expect(whole._request_id).toMatch(/^req_/);
  });

  it("counts the prompt by its documented rule, as count_tokens does", async () => {
    const client = clientOf();
    const text = "Eight letters, some signs!";
    const counted = await client.messages.countTokens({ model, messages: user(text) });
    expect(counted).toEqual({ input_tokens: 3 + 3 + countTokens(text) });
    const answer = await client.messages.create(ask(text));
    expect(answer.usage.input_tokens).toBe(counted.input_tokens);
  });

  it("thinks aloud with a signature that must come back unchanged", async () => {
    const client = clientOf();
    const thinking = { type: "enabled" as const, budget_tokens: 1_024 };
    const request = ask("Why? [[sim: reasoning=20]]", { max_tokens: 4_000, thinking });
    const final = await client.messages.stream(request).finalMessage();
    const [thought] = final.content;
    if (thought?.type !== "thinking") throw new Error("no thinking came");
    expect(countTokens(thought.thinking)).toBe(20);
    expect(final.usage.output_tokens_details).toEqual({ thinking_tokens: 20 });
    const again = (block: Anthropic.ThinkingBlock) =>
      client.messages.create({
        ...request,
        messages: [...request.messages, { role: "assistant", content: [block] }, ...user("And then?")],
      });
    expect((await again(thought)).stop_reason).toBe("end_turn");
    await expect(again({ ...thought, thinking: "other" })).rejects.toMatchObject({ status: 400 });
    await expect(again({ ...thought, signature: "" })).rejects.toMatchObject({ status: 400 });
  });

  it("seals thinking by directive and omits it when asked", async () => {
    const client = clientOf();
    const thinking = { type: "adaptive" as const, display: "omitted" as const };
    const omitted = await client.messages.stream(ask("x", { thinking })).finalMessage();
    expect(omitted.content[0]).toMatchObject({
      type: "thinking",
      thinking: "",
      signature: expect.stringMatching(/.{32}/),
    });
    const sealed = await client.messages.create(ask("[[sim: redacted]]", { thinking: { type: "adaptive" } }));
    expect(sealed.content[0]).toMatchObject({ type: "redacted_thinking" });
  });

  it("streams parallel tool calls, and none without arguments to send", async () => {
    const client = clientOf();
    const request = ask("[[sim: calls=2]]", { tools });
    const final = await client.messages.stream(request).finalMessage();
    expect(final.stop_reason).toBe("tool_use");
    expect(final.content).toMatchObject([
      { type: "tool_use", name: "weather", input: { city: expect.any(String) } },
      { type: "tool_use", name: "now", input: {} },
    ]);
    const whole = await client.messages.create(request);
    expect(whole.content).toEqual(final.content);
    const alone = await client.messages.create({
      ...request,
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    });
    expect(alone.content).toHaveLength(1);
    const named = await client.messages.create({ ...ask("x", { tools }), tool_choice: { type: "tool", name: "now" } });
    expect(named.content).toMatchObject([{ name: "now" }]);
    const none = await client.messages.create({ ...request, tool_choice: { type: "none" } });
    expect(none.stop_reason).toBe("end_turn");
  });

  it("wants each tool result right after its call", async () => {
    const client = clientOf();
    const call = { type: "tool_use" as const, id: "toolu_1", name: "weather", input: { city: "Bern" } };
    const result = { type: "tool_result" as const, tool_use_id: "toolu_1", content: "sunny" };
    const converse = (content: Anthropic.ContentBlockParam[]) =>
      client.messages.create({
        ...ask("x", { tools }),
        messages: [...user("Bern?"), { role: "assistant", content: [call] }, { role: "user", content }],
      });
    expect((await converse([result])).stop_reason).toBe("end_turn");
    const text = { type: "text" as const, text: "well" };
    await expect(converse([text])).rejects.toThrow(/without `tool_result` blocks/);
    await expect(converse([text, result])).rejects.toThrow(/without `tool_result` blocks/);
    await expect(converse([result, { ...result, tool_use_id: "toolu_2" }])).rejects.toThrow(/unexpected `tool_use_id`/);
  });

  it("answers a JSON schema with JSON, and stops at the maximum and at a stop sequence", async () => {
    const client = clientOf();
    const schema = {
      type: "object",
      properties: { age: { type: "integer" } },
      required: ["age"],
      additionalProperties: false,
    };
    const answer = await client.messages.create(
      ask("x", { output_config: { format: { type: "json_schema", schema } } }),
    );
    const [block] = answer.content;
    expect(JSON.parse(block?.type === "text" ? block.text : "")).toEqual({ age: expect.any(Number) });
    const cut = await client.messages.create(ask("[[sim: tokens=50]]", { max_tokens: 7 }));
    expect(cut).toMatchObject({ stop_reason: "max_tokens", usage: { output_tokens: 7 } });
    const whole = await client.messages.create(ask("[[sim: tokens=50]]"));
    const text = whole.content[0]?.type === "text" ? whole.content[0].text : "";
    const sequence = text.slice(20, 25);
    const stopped = await client.messages
      .stream(ask("[[sim: tokens=50]]", { stop_sequences: [sequence] }))
      .finalMessage();
    expect(stopped).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: sequence });
    expect(stopped.content).toEqual([{ type: "text", text: text.slice(0, text.indexOf(sequence)) }]);
  });

  it("remembers marked prefixes: written once, read afterwards, for five minutes or an hour", async () => {
    const client = clientOf();
    const request = (ttl: "5m" | "1h", question: string) =>
      ask(question, {
        system: [{ type: "text", text: `${ttl} ${LONG}`, cache_control: { type: "ephemeral", ttl } }],
      });
    const prefix = countTokens(`5m ${LONG}`);
    const first = (await client.messages.create(request("5m", "one"))).usage;
    expect(first).toMatchObject({
      cache_creation_input_tokens: prefix,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: prefix, ephemeral_1h_input_tokens: 0 },
    });
    const second = (await client.messages.stream(request("5m", "two")).finalMessage()).usage;
    expect(second).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: prefix, input_tokens: 7 });
    const hour = (await client.messages.create(request("1h", "one"))).usage;
    expect(hour.cache_creation).toEqual({ ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: prefix });
    sim.reset();
    expect((await client.messages.create(request("5m", "one"))).usage.cache_read_input_tokens).toBe(0);
  });

  it("does not remember short prompts, nor any that were refused", async () => {
    const client = clientOf();
    const short = ask("short", { cache_control: { type: "ephemeral" } });
    for (let turn = 0; turn < 2; turn++) {
      expect((await client.messages.create(short)).usage.cache_creation_input_tokens).toBe(0);
    }
    const long = ask(`${LONG} [[sim: fail=529 fail_times=1]]`, { cache_control: { type: "ephemeral" } });
    await expect(client.messages.create(long)).rejects.toMatchObject({ status: 529 });
    expect((await client.messages.create(long)).usage.cache_read_input_tokens).toBe(0);
  });

  it("takes images and documents, and counts them", async () => {
    const content: Anthropic.ContentBlockParam[] = [
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AAAA" } },
      { type: "text", text: "x" },
    ];
    const answer = await clientOf().messages.create({ ...ask(""), messages: [{ role: "user", content }] });
    expect(answer.usage.input_tokens).toBe(1_500 + 2_000 + 1 + 6);
  });

  it("refuses by directive as the model's filter does", async () => {
    const client = clientOf();
    const whole = await client.messages.create(ask("[[sim: refuse]]"));
    const streamed = await client.messages.stream(ask("[[sim: refuse]]")).finalMessage();
    for (const answer of [whole, streamed]) {
      expect(answer).toMatchObject({ stop_reason: "refusal", content: [], stop_details: { type: "refusal" } });
    }
  });

  it("reports cache and searches as the directives say", async () => {
    const { usage } = await clientOf().messages.create(
      ask("[[sim: usage_input=100 usage_output=7 cached=30 cache_write=20 searches=3]]"),
    );
    expect(usage).toMatchObject({
      input_tokens: 50,
      cache_read_input_tokens: 30,
      cache_creation_input_tokens: 20,
      output_tokens: 7,
      server_tool_use: { web_search_requests: 3 },
    });
  });

  it("lists models and finds one", async () => {
    const client = clientOf();
    expect((await readAll(client.models.list())).map(({ id }) => id)).toContain(model);
    expect((await client.models.retrieve(model)).type).toBe("model");
    await expect(client.models.retrieve("claude-0")).rejects.toMatchObject({ status: 404 });
  });
});

describe("what the simulated Anthropic refuses", () => {
  const call = async (body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${sim.url}/anthropic/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "k", "anthropic-version": "2023-06-01", ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, requestId: response.headers.get("request-id"), body: await response.json() };
  };

  it.each([
    [{ ...ask("x"), max_tokens: undefined }, "max_tokens: Field required"],
    [{ ...ask("x"), frequency_penalty: 1 }, "frequency_penalty: Extra inputs are not permitted"],
    [{ ...ask("x"), messages: [] }, "messages: at least one message is required"],
    [{ ...ask("x"), messages: [{ role: "tool", content: "x" }] }, "messages.0.role: "],
    [
      { ...ask("x"), messages: [{ role: "user", content: [{ type: "text", text: "x", name: "y" }] }] },
      "messages.0.content.0.name: Extra inputs are not permitted",
    ],
    [
      { ...ask("x"), messages: [{ role: "user", content: [{ type: "text", text: "" }] }] },
      "text content blocks must be non-empty",
    ],
    [{ ...ask("x"), tools: [{ type: "function", function: { name: "f" } }] }, "tools.0"],
    [{ ...ask("x"), tool_choice: { type: "any" } }, "tool_choice: may only be specified while providing tools."],
    [{ ...ask("x"), temperature: 1.5 }, "temperature: "],
    [
      { ...ask("x"), thinking: { type: "enabled", budget_tokens: 2_000 } },
      "`max_tokens` must be greater than `thinking.budget_tokens`.",
    ],
  ])("%#: %o", async (body, message) => {
    const answer = await call(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", message: expect.stringContaining(message) },
      request_id: answer.requestId,
    });
  });

  it("a request without key or version", async () => {
    expect((await call(ask("x"), { "x-api-key": "" })).status).toBe(401);
    expect((await call(ask("x"), { "anthropic-version": "tomorrow" })).status).toBe(400);
  });

  it.each([
    [401, "authentication_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
    [413, "request_too_large"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [529, "overloaded_error"],
  ])("fail=%i as a %s", async (status, type) => {
    const fault: unknown = await clientOf()
      .messages.create(ask(`[[sim: fail=${status}]]`))
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ status, type });
  });

  it("sends an error in mid-stream, named as Anthropic names it", async () => {
    const stream = clientOf().messages.stream(ask("[[sim: tokens=9 error_after=5 error_status=529]]"));
    await expect(stream.finalMessage()).rejects.toMatchObject({ type: "overloaded_error" });
    expect(sim.received()[0]?.framesSent).toBe(6);
  });
});
