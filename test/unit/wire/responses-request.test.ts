import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { openAiResponsesClient, withOwnReasoning } from "#wire";

const parse = (body: object) =>
  openAiResponsesClient.parseRequest(JSON.stringify({ model: "m", input: "hello", ...body }), {
    model: null,
    stream: null,
  });

function refusal(body: object): AppError {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("the body was accepted");
}

describe("reading a Responses request", () => {
  it("gives what admission and metering need", () => {
    const tools = [{ type: "function", name: "f", parameters: { type: "object" } }];
    const text = { format: { type: "json_object" }, verbosity: "low" };
    const request = parse({
      model: "openai/gpt-5",
      instructions: "żółw",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "hi" },
            { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA" },
        {
          type: "function_call_output",
          call_id: "c",
          output: [{ type: "input_image", image_url: "https://a.example.com/" }],
        },
      ],
      stream: true,
      store: true,
      max_output_tokens: 99,
      tools,
      text,
      usage: { include: true },
    });
    expect(request).toMatchObject({
      format: "openai-responses",
      model: "openai/gpt-5",
      stream: true,
      includeCost: true,
      outputMaximum: 99,
      choices: 1,
      extras: [],
      searchesMaximum: null,
      input: { messages: 4, images: 2, audios: 0, files: 1 },
      toolsBytes: JSON.stringify(tools).length,
      formatBytes: JSON.stringify(text).length,
    });
    // Every text, also such as only names or links things, and nothing of the pictures and files.
    const labels = ["user", "input_text", "input_image", "low", "input_file", "reasoning", "rs_1"];
    const rest = ["function_call_output", "c", "input_image"];
    const texts = ["żółw", "hi", "a.pdf", "gAAA", ...labels, ...rest];
    expect(request.input.textBytes).toBe(Buffer.byteLength(texts.join("")));
    expect([...request.uses]).toEqual([
      ["tools", "tools"],
      ["json_mode", "text.format"],
      ["verbosity", "text.verbosity"],
      ["image_input", "input"],
      ["document_input", "input"],
    ]);
  });

  it("what every provider does unasked is no use of a parameter", () => {
    const body = { tool_choice: "auto", parallel_tool_calls: true, metadata: {}, text: { format: { type: "text" } } };
    expect([...parse({ ...body, service_tier: "auto", top_logprobs: 0 }).uses]).toEqual([]);
  });

  it.each([
    ["web_search", { tools: [{ type: "web_search" }], max_tool_calls: 3 }, 3],
    ["web_search", { tools: [{ type: "web_search_2025_08_26" }], max_tool_calls: 100 }, 100],
    ["web_search", { tools: [{ type: "web_search" }] }, null],
    // Its price is another one for models that do not reason.
    ["server_tool", { tools: [{ type: "web_search_preview" }], max_tool_calls: 3 }, null],
    ["server_tool", { tools: [{ type: "web_search_preview_2025_03_11" }], max_tool_calls: 3 }, null],
    ["server_tool", { tools: [{ type: "code_interpreter", container: { type: "auto" } }] }, null],
    ["server_tool", { tools: [{ type: "mcp", server_label: "x" }] }, null],
    ["server_tool", { tools: [{ type: "image_generation" }] }, null],
    ["server_state", { previous_response_id: "resp_1" }, null],
    ["server_state", { conversation: { id: "conv_1" } }, null],
    ["server_state", { background: true }, null],
    ["server_state", { prompt: { id: "pmpt_1" } }, null],
    ["server_state", { context_management: [{ type: "compaction" }] }, null],
    ["service_tier", { service_tier: "priority" }, null],
  ])("%s is an extra of %j", (extra, body, searches) => {
    expect(parse(body)).toMatchObject({ extras: [extra], searchesMaximum: searches });
  });

  it("tools that the client runs are no extras; those that OpenAI describes itself cost hidden input", () => {
    const own = parse({
      tools: [
        { type: "function", name: "f" },
        { type: "custom", name: "g" },
      ],
    });
    expect(own.extras).toEqual([]);
    const tools = [{ type: "local_shell" }];
    expect(parse({ tools })).toMatchObject({ extras: [], toolsBytes: JSON.stringify(tools).length + 4_096 });
    expect(parse({ background: false, previous_response_id: null, service_tier: "default" }).extras).toEqual([]);
  });

  it.each([
    ["input", { input: 1 }],
    ["input", { input: undefined }],
    ["input[0]", { input: ["x"] }],
    ["max_tool_calls", { tools: [{ type: "web_search" }], max_tool_calls: 101 }],
    [
      "input[1]",
      {
        input: [
          { role: "user", content: "x" },
          { type: "item_reference", id: "msg_1" },
        ],
      },
    ],
    ["input[0]", { input: [{ id: "msg_1" }] }],
    [
      "input[0].content[0].file_id",
      { input: [{ role: "user", content: [{ type: "input_file", file_id: "file_1" }] }] },
    ],
    ["input[0].output[0].file_id", { input: [{ call_id: "c", output: [{ type: "input_image", file_id: "file_1" }] }] }],
    ["model", { model: 1 }],
    ["stream", { stream: "yes" }],
    ["store", { store: 1 }],
    ["max_output_tokens", { max_output_tokens: 0 }],
    ["max_output_tokens", { Max_Output_Tokens: 9 }],
    ["tools[0].type", { tools: [{}] }],
    ["tools", { tools: Array.from({ length: 1_025 }, () => ({ type: "function" })) }],
    ["include[0]", { include: [1] }],
    ["text.verbosity", { text: { verbosity: 1 } }],
    ["temperature", { temperature: "0" }],
  ])("%s is named where it is wrong", (param, body) => {
    expect(refusal(body)).toMatchObject({ code: "invalid_parameter", param });
  });
});

describe("the reasoning of others in a request to OpenAI", () => {
  const reasoning = (encrypted: string | null, id = "rs_1") => ({
    type: "reasoning",
    id,
    summary: [],
    encrypted_content: encrypted,
  });
  const own = (...input: readonly object[]) => withOwnReasoning(parse({ input }).object);

  it("is left out, as is what lies only in a store that is not used", () => {
    const kept = [{ role: "user", content: "x" }, reasoning("gAAA")];
    expect(own(...kept, reasoning("prismatic.gemini.sig"), reasoning(null))).toBe(JSON.stringify(kept));
  });

  it("leaves a request without any as it is", () => {
    expect(own({ role: "user", content: 'say "reasoning" and "prismatic."' }, reasoning("gAAA"))).toBeNull();
    expect(withOwnReasoning(parse({ reasoning: { effort: "low" } }).object)).toBeNull();
  });
});
