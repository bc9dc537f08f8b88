import { describe, expect, it } from "vitest";
import { isRecord, parseJson, type PromptPart, type UpstreamFormat } from "#wire";
import { type ReadFormat } from "../../support/wire/sdk-views.ts";
import { CLIENTS, FORMATS, ownFixture, translateWhole, UPSTREAMS } from "../../support/wire/translations.ts";

type Json = Readonly<Record<string, unknown>>;

const record = (value: unknown): Json => (isRecord(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The id that the answer's call bears in the caller's format. */
const callId = (answer: Json): unknown =>
  /"(?:call_id|tool_call_id|id)":"((?:call|toolu|tooluse|get_weather)_[^"]*)"/.exec(JSON.stringify(answer))?.[1];

/** The next request of a caller who sends the answer back as it came, with the result of its call. */
const NEXT: Readonly<Record<ReadFormat, (answer: Json) => object>> = {
  "openai-chat": (answer) => ({
    model: "m",
    messages: [
      { role: "user", content: "x" },
      record(list(answer["choices"])[0])["message"],
      { role: "tool", tool_call_id: callId(answer), content: "12 °C" },
    ],
  }),
  "openai-responses": (answer) => ({
    model: "m",
    input: [
      { role: "user", content: "x" },
      ...list(answer["output"]),
      { type: "function_call_output", call_id: callId(answer), output: "12 °C" },
    ],
  }),
  "anthropic-messages": (answer) => ({
    model: "m",
    max_tokens: 9,
    messages: [
      { role: "user", content: "x" },
      { role: "assistant", content: answer["content"] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: callId(answer), content: "12 °C" }] },
    ],
  }),
  gemini: (answer) => ({
    contents: [
      { role: "user", parts: [{ text: "x" }] },
      record(list(answer["candidates"])[0])["content"],
      { role: "user", parts: [{ functionResponse: { name: "get_weather", response: { output: "12 °C" } } }] },
    ],
  }),
};

function nextPrompt(from: UpstreamFormat, to: ReadFormat) {
  const answer = record(parseJson(translateWhole(UPSTREAMS[from], ownFixture(`${from}.json`), to)));
  const route = to === "gemini" ? { model: "m", stream: false } : { model: null, stream: null };
  const tools = {
    "openai-chat": [{ type: "function", function: { name: "get_weather" } }],
    "openai-responses": [{ type: "function", name: "get_weather", parameters: null }],
    "anthropic-messages": [{ name: "get_weather", input_schema: { type: "object" } }],
    gemini: [{ functionDeclarations: [{ name: "get_weather" }] }],
  };
  return CLIENTS[to].parseRequest(JSON.stringify({ ...NEXT[to](answer), tools: tools[to] }), route).decode();
}

const PAIRS = Object.values(UPSTREAMS).flatMap(({ codec }) => FORMATS.map((to) => ({ from: codec.format, to })));
/** What each fixture's maker signed, wherever it stands there. */
const SIGNED: Partial<Record<UpstreamFormat, string>> = {
  "openai-responses": "gAAAAown",
  "anthropic-messages": "c2lnbmVk",
  gemini: "c2lnbmVk",
  "bedrock-converse": "c2lnbmVk",
};
const MODELS: Readonly<Record<UpstreamFormat, string>> = {
  "openai-chat": "gpt-4.1",
  "openai-responses": "gpt-5",
  "anthropic-messages": "claude-opus-4-5",
  gemini: "gemini-3-pro",
  "bedrock-converse": "anthropic.claude-opus-4-5",
  "cohere-chat": "command-a",
};

const partsOf = <Type extends PromptPart["type"]>(parts: readonly PromptPart[], type: Type) =>
  parts.filter((part): part is Extract<PromptPart, { type: Type }> => part.type === type);

describe("an answer that a caller sends back with the result of its call", () => {
  it.each(PAIRS)("$from through $to: text, call and result are those of the answer", ({ from, to }) => {
    const { messages } = nextPrompt(from, to);
    const said = messages.filter(({ role }) => role === "assistant").flatMap(({ parts }) => parts);
    const [call, ...others] = partsOf(said, "tool-call");
    expect(others).toEqual([]);
    expect(call).toMatchObject({ name: "get_weather" });
    expect(JSON.parse(call?.arguments ?? "")).toEqual({ city: "Köln", days: 2 });
    expect(partsOf(said, "text").map(({ text }) => text)).toEqual(["Grüße: 42 ✓"]);
    const [result] = partsOf(
      messages.flatMap(({ parts }) => parts),
      "tool-result",
    );
    expect(result).toMatchObject({ callId: call?.id, parts: [{ text: "12 °C" }], isError: false });
  });

  it.each(PAIRS.filter(({ from }) => from in SIGNED))(
    "$from through $to: its maker gets its own signature back, and nobody else does",
    ({ from, to }) => {
      const prompt = nextPrompt(from, to);
      const signed = SIGNED[from] ?? "";
      for (const { codec } of Object.values(UPSTREAMS)) {
        const options = { upstreamModel: MODELS[codec.format], stream: false, outputTokens: 4_000 };
        const body = JSON.stringify(codec.encodeRequest(prompt, options));
        expect({ to: codec.format, signed: body.includes(signed) }).toEqual({
          to: codec.format,
          signed: codec.format === from,
        });
        expect(body).not.toContain("prismatic.");
        expect(body).toContain("12 °C");
      }
    },
  );
});
