import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { countTokens } from "../../../dev/sim/tokens.ts";
import { clientOf, readAll } from "./client.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

const model = "gpt-4.1-nano";
type Input = string | OpenAI.Responses.ResponseInput;
type Request = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, "stream" | "input"> & { input: Input };
const ask = (input: Input, extra: Partial<Omit<Request, "input">> = {}): Request => ({ model, input, ...extra });
const weather = {
  type: "function" as const,
  name: "weather",
  strict: true,
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};
const now = { ...weather, name: "now", strict: false, parameters: { type: "object", properties: {} } };

describe("the official client against the simulated responses", () => {
  it("streams the same output and usage as the whole answer", async () => {
    const client = clientOf(sim);
    const request = ask("Tell me about rivers [[sim: tokens=40]]");
    const whole = await client.responses.create(request);
    const final = await client.responses.stream(request).finalResponse();
    expect(final.output_text).toBe(whole.output_text);
    expect(final.usage).toEqual(whole.usage);
    expect(whole).toMatchObject({ status: "completed", usage: { output_tokens: 40 } });
    expect(final.id).not.toBe(whole.id);
  });

  it("numbers the events of a stream, and its deltas make its text", async () => {
    const stream = await clientOf(sim).responses.create({ ...ask("[[sim: tokens=6]]"), stream: true });
    const events = await readAll(stream);
    expect(events.map((event) => ("sequence_number" in event ? event.sequence_number : null))).toEqual(
      events.map((_, at) => at),
    );
    const types = events.map(({ type }) => type);
    expect(types.slice(0, 4)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
    ]);
    expect(types.slice(-4)).toEqual([
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    const deltas = events.flatMap((event) => (event.type === "response.output_text.delta" ? [event.delta] : []));
    const done = events.flatMap((event) => (event.type === "response.output_text.done" ? [event.text] : []));
    expect([deltas.join("")]).toEqual(done);
    expect(deltas).toHaveLength(6);
  });

  it("counts the prompt by its documented rule, images included", async () => {
    const text = "Eight letters, some signs!";
    const answer = await clientOf(sim).responses.create(
      ask([
        {
          role: "user",
          content: [
            { type: "input_text", text },
            { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "low" },
          ],
        },
      ]),
    );
    expect(answer.usage?.input_tokens).toBe(3 + 3 + countTokens(text) + 85);
  });

  it("calls functions in parallel, once, and answers their outputs with text", async () => {
    const client = clientOf(sim);
    const request = ask("Bern? [[sim: calls=2]]", { tools: [weather, now] });
    const final = await client.responses.stream(request).finalResponse();
    const whole = await client.responses.create(request);
    const calls = whole.output.filter((item) => item.type === "function_call");
    expect(calls.map(({ name }) => name)).toEqual(["weather", "now"]);
    expect(JSON.parse(calls[0]?.arguments ?? "")).toEqual({ city: expect.any(String) });
    expect(final.output).toMatchObject(
      calls.map(({ name, arguments: input, call_id }) => ({ name, arguments: input, call_id })),
    );
    const outputs = calls.map(({ call_id }) => ({ type: "function_call_output" as const, call_id, output: "sunny" }));
    const input = [{ role: "user" as const, content: "Bern? [[sim: calls=2]]" }, ...calls, ...outputs];
    const next = await client.responses.create({ ...request, input });
    expect(next.output.map(({ type }) => type)).toEqual(["message"]);
    const one = await client.responses.create({ ...request, parallel_tool_calls: false });
    expect(one.output).toHaveLength(1);
  });

  it("forces, names and forbids function calls", async () => {
    const client = clientOf(sim);
    const typesFor = async (choice: Request["tool_choice"]) => {
      const answer = await client.responses.create({
        ...ask("x", { tools: [weather, now] }),
        tool_choice: choice ?? "auto",
      });
      return answer.output.map((item) => (item.type === "function_call" ? item.name : item.type));
    };
    expect(await typesFor("required")).toEqual(["weather"]);
    expect(await typesFor({ type: "function", name: "now" })).toEqual(["now"]);
    expect(await typesFor("auto")).toEqual(["message"]);
    expect(await typesFor("none")).toEqual(["message"]);
  });

  it("answers a JSON schema with JSON", async () => {
    const schema = { ...weather.parameters, properties: { city: { enum: ["Bern"] } } };
    const answer = await clientOf(sim).responses.create(
      ask("x", { text: { format: { type: "json_schema", name: "place", schema, strict: true } } }),
    );
    expect(JSON.parse(answer.output_text)).toEqual({ city: "Bern" });
  });

  it("reasons: counted, summed up when asked, sealed when asked, and the seal is checked", async () => {
    const client = clientOf(sim);
    const request = ask("Why? [[sim: reasoning=20 tokens=5]]", {
      model: "gpt-5-mini",
      store: false,
      include: ["reasoning.encrypted_content"],
      reasoning: { effort: "low", summary: "auto" },
    });
    const final = await client.responses.stream(request).finalResponse();
    expect(final.usage).toMatchObject({ output_tokens: 25, output_tokens_details: { reasoning_tokens: 20 } });
    const [thought] = final.output;
    if (thought?.type !== "reasoning") throw new Error("no reasoning came");
    expect(countTokens(thought.summary[0]?.text ?? "")).toBe(20);
    const again = (encrypted: string | null | undefined) =>
      client.responses.create({
        ...request,
        input: [
          { role: "user", content: "Why?" },
          { type: "reasoning", id: thought.id, summary: [], encrypted_content: encrypted ?? "" },
          { role: "user", content: "And then?" },
        ],
      });
    expect((await again(thought.encrypted_content)).status).toBe("completed");
    await expect(again(`${thought.encrypted_content}x`)).rejects.toMatchObject({ code: "invalid_encrypted_content" });
  });

  it("ends incomplete at the maximum", async () => {
    const client = clientOf(sim);
    const request = ask("[[sim: tokens=50]]", { max_output_tokens: 16 });
    const whole = await client.responses.create(request);
    const events = await readAll(await client.responses.create({ ...request, stream: true }));
    expect(whole).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      usage: { output_tokens: 16 },
    });
    expect(events.at(-1)).toMatchObject({ type: "response.incomplete", response: { usage: whole.usage } });
  });

  it("refuses by directive, searches by directive, and reports cached tokens", async () => {
    const client = clientOf(sim);
    const refused = await client.responses.stream(ask("[[sim: refuse]]")).finalResponse();
    expect(refused.output).toMatchObject([{ type: "message", content: [{ type: "refusal" }] }]);
    const searched = await client.responses.create(ask("[[sim: searches=2 cached=4]]"));
    expect(searched.output.map(({ type }) => type)).toEqual(["web_search_call", "web_search_call", "message"]);
    expect(searched.usage?.input_tokens_details.cached_tokens).toBe(4);
  });

  it("fails in mid-stream with an error that the client raises", async () => {
    const stream = await clientOf(sim).responses.create({ ...ask("[[sim: tokens=9 error_after=6]]"), stream: true });
    await expect(readAll(stream)).rejects.toThrow(/had an error while processing/);
  });
});

describe("what the simulated responses refuse", () => {
  it.each([
    [{ model }, "input", "missing_required_parameter"],
    [{ input: "x" }, "model", "missing_required_parameter"],
    [ask("x", { max_output_tokens: 7 }), "max_output_tokens", "integer_below_min_value"],
    [{ ...ask("x"), max_tokens: 7 }, "max_tokens", "unknown_parameter"],
    [{ ...ask("x"), messages: [] }, "messages", "unknown_parameter"],
    [ask("x", { previous_response_id: "resp_1" }), "previous_response_id", "previous_response_not_found"],
    [
      { model, input: [{ role: "user", content: [{ type: "text", text: "x" }] }] },
      "input[0].content[0].type",
      "invalid_value",
    ],
    [
      { model, input: [{ role: "assistant", content: [{ type: "input_text", text: "x" }] }] },
      "input[0].content[0].type",
      "invalid_value",
    ],
    [
      { ...ask("x"), tools: [{ type: "function", function: { name: "f" } }] },
      "tools[0].name",
      "missing_required_parameter",
    ],
    [
      ask("x", { tools: [{ ...weather, parameters: { type: "object" } }] }),
      "tools[0].parameters",
      "invalid_function_parameters",
    ],
    [ask("x", { tool_choice: "required" }), "tool_choice", null],
    [ask([{ type: "function_call_output", call_id: "call_1", output: "x" }]), "input", null],
    [ask([{ type: "function_call", call_id: "call_1", name: "f", arguments: "{}" }]), "input", null],
    [ask("x", { model: "gpt-5-mini", temperature: 0.5 }), "temperature", "unsupported_parameter"],
    [ask("x", { reasoning: { effort: "low" } }), "reasoning.effort", "unsupported_parameter"],
  ])("%#: %o", async (body, param, code) => {
    const response = await fetch(`${sim.url}/openai/v1/responses`, {
      method: "POST",
      headers: { authorization: "Bearer k" },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error", param, code } });
  });
});
