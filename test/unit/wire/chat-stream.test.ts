import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openAiChatUpstream, type AnswerEvent, type StreamEnd } from "#wire";

interface Read {
  readonly events: readonly AnswerEvent[];
  readonly end: StreamEnd;
  readonly isOver: boolean;
}

function read(chunks: readonly unknown[], choices = 1): Read {
  const decoder = openAiChatUpstream.createDecoder({ choices });
  const events = chunks.flatMap((chunk) =>
    decoder.see({ data: typeof chunk === "string" ? chunk : JSON.stringify(chunk), event: undefined }),
  );
  return { events, end: decoder.end(), isOver: decoder.isOver() };
}

const chunk = (delta: object, finish_reason: string | null = null, index = 0, more: object = {}): object => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  model: "up-model",
  choices: [{ index, delta, finish_reason, ...more }],
});
const call = (index: number | undefined, more: object, called: object = {}): object => ({
  tool_calls: [{ index, ...more, function: called }],
});
const eventsOf = (...deltas: readonly object[]): readonly AnswerEvent[] =>
  read([...deltas.map((delta) => chunk(delta)), chunk({}, "stop")]).events.slice(1);

describe("a chat stream as events", () => {
  it("begins once, with the upstream's id and model, and has one finish whatever follows", () => {
    const { events, end, isOver } = read([
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hi" }),
      chunk({}, "stop"),
      chunk({ content: "late" }, "stop"),
      "[DONE]",
    ]);
    expect(events).toEqual([
      { type: "start", id: "chatcmpl-1", model: "up-model" },
      { type: "text", choice: 0, text: "Hi" },
      { type: "finish", choice: 0, reason: "stop", stopSequence: null },
    ]);
    expect({ end, isOver }).toEqual({ end: "complete", isOver: true });
  });

  it("G13, G15, G17: takes the usage of a chunk without choices, zeros too, and the last one counts", () => {
    const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const { events } = read([
      { choices: [], usage: { prompt_tokens: 9 } },
      { choices: [], usage },
      { choices: [], usage: null },
    ]);
    expect(events.filter(({ type }) => type === "usage")).toEqual([
      { type: "usage", usage: { prompt_tokens: 9 } },
      { type: "usage", usage },
    ]);
    const groq = read([{ ...chunk({}, "stop"), x_groq: { usage } }]);
    expect(groq.events.at(-1)).toEqual({ type: "usage", usage });
  });

  it("is complete without [DONE] when every choice has finished, and interrupted before", () => {
    const finished = [chunk({ content: "a" }, "stop"), chunk({ content: "b" }, "length", 1)];
    expect(read(finished, 2)).toMatchObject({ end: "complete", isOver: false });
    expect(read(finished.slice(0, 1), 2).end).toBe("interrupted");
    expect(read([]).end).toBe("interrupted");
    expect(read(["<html>"]).end).toBe("garbage");
    expect(read(["<html>", chunk({ content: "a" })]).end).toBe("interrupted");
  });

  it("G20: an error inside the stream is tokens only", () => {
    const { events, end } = read([
      chunk({ content: "a" }),
      { error: { message: "SECRET", code: "rate_limited", type: "SECRET x" } },
    ]);
    expect(events.at(-1)).toEqual({ type: "error", error: { code: "rate_limited", type: null } });
    expect(end).toBe("interrupted");
  });

  it("ignores choices out of bounds and chunks of no kind", () => {
    const { events } = read([
      chunk({ content: "a" }, null, 128),
      chunk({ content: "b" }, null, -1),
      { ping: true },
      [1],
      "null",
    ]);
    expect(events).toHaveLength(1);
  });

  it("counts calls from 0 in order of appearance, whatever the upstream's numbers", () => {
    expect(
      eventsOf(
        call(7, { id: "x", type: "function" }, { name: "f", arguments: "" }),
        call(7, {}, { name: "", arguments: '{"a":' }),
        call(7, {}, { arguments: "1}" }),
        call(9, { id: "y" }, { name: "g", arguments: "{}" }),
      ),
    ).toEqual([
      { type: "tool-start", choice: 0, index: 0, id: "x", name: "f" },
      { type: "tool-arguments", choice: 0, index: 0, text: '{"a":' },
      { type: "tool-arguments", choice: 0, index: 0, text: "1}" },
      { type: "tool-end", choice: 0, index: 0, signature: null },
      { type: "tool-start", choice: 0, index: 1, id: "y", name: "g" },
      { type: "tool-arguments", choice: 0, index: 1, text: "{}" },
      { type: "tool-end", choice: 0, index: 1, signature: null },
      { type: "finish", choice: 0, reason: "tool-calls", stopSequence: null },
    ]);
  });

  it.each([
    ["calls that all bear the number 0", [0, 0]],
    ["calls without a number", [undefined, undefined]],
  ])("tells %s apart by their ids", (_, [first, second]) => {
    const events = eventsOf(
      call(first, { id: "x" }, { name: "f", arguments: "{}" }),
      call(second, { id: "y" }, { name: "f", arguments: "{}" }),
    );
    expect(events.filter(({ type }) => type === "tool-start")).toMatchObject([
      { index: 0, id: "x" },
      { index: 1, id: "y" },
    ]);
  });

  it("names a call that has no id, takes arguments that come as an object, and keeps those that came before the name", () => {
    expect(eventsOf(call(0, {}, { name: "f", arguments: { a: 1 } })).slice(0, 2)).toEqual([
      { type: "tool-start", choice: 0, index: 0, id: "call_chatcmpl1_0_0", name: "f" },
      { type: "tool-arguments", choice: 0, index: 0, text: '{"a":1}' },
    ]);
    const early = eventsOf(call(0, { id: "x" }, { arguments: '{"a"' }), call(0, {}, { name: "f", arguments: ":1}" }));
    expect(early.flatMap((event) => (event.type === "tool-arguments" ? [event.text] : [])).join("")).toBe('{"a":1}');
  });

  it("reads the deprecated function_call as a call", () => {
    const { events } = read([
      chunk({ function_call: { name: "f", arguments: "" } }),
      chunk({ function_call: { arguments: "{}" } }, "function_call"),
    ]);
    expect(events.map(({ type }) => type)).toEqual(["start", "tool-start", "tool-arguments", "tool-end", "finish"]);
  });

  it.each([
    ["reasoning_content (DeepSeek)", [{ reasoning_content: "hm" }]],
    ["reasoning (Groq)", [{ reasoning: "hm" }]],
    ["reasoning_details alone", [{ reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0 }] }]],
    ["both names of one text", [{ reasoning: "hm", reasoning_content: "hm" }]],
    [
      "a text and its entry (OpenRouter)",
      [{ reasoning: "hm", reasoning_details: [{ type: "reasoning.summary", summary: "hm" }] }],
    ],
    ["parts of the content (Mistral)", [{ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }]],
  ])("reads %s once, as one block that ends where the answer begins", (_, deltas) => {
    expect(eventsOf(...deltas, { content: "ok" })).toEqual([
      { type: "reasoning", choice: 0, text: "hm" },
      { type: "reasoning-end", choice: 0, signature: null, isRedacted: false },
      { type: "text", choice: 0, text: "ok" },
      { type: "finish", choice: 0, reason: "stop", stopSequence: null },
    ]);
  });

  it("keeps a signature as the whole entry that its maker wants again", () => {
    const events = eventsOf(
      { reasoning: "hm", reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0 }] },
      { reasoning_details: [{ type: "reasoning.text", signature: "sig", format: "anthropic-claude-v1", index: 0 }] },
      { reasoning_details: [{ type: "reasoning.encrypted", data: "enc", id: "rs_1", index: 1 }] },
    );
    const ends = events.flatMap((event) => (event.type === "reasoning-end" ? [event] : []));
    expect(ends.map(({ isRedacted }) => isRedacted)).toEqual([false, true]);
    expect(ends.map(({ signature }) => JSON.parse(signature?.value ?? "") as unknown)).toEqual([
      { type: "reasoning.text", format: "anthropic-claude-v1", index: 0, signature: "sig" },
      { type: "reasoning.encrypted", id: "rs_1", index: 1, data: "enc" },
    ]);
  });

  it("reads Google's signature of a call", () => {
    const signed = eventsOf(
      call(0, { id: "x", extra_content: { google: { thought_signature: "s" } } }, { name: "f", arguments: "{}" }),
    );
    expect(signed.find(({ type }) => type === "tool-end")).toMatchObject({
      signature: { format: "openai-chat", value: "s" },
    });
  });

  it("reads refusals, pictures, sources and log probabilities", () => {
    const url_citation = { url: "https://a.example", title: "A", start_index: 1, end_index: 2 };
    expect(
      eventsOf(
        { refusal: "No." },
        { images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] },
        { annotations: [{ type: "url_citation", url_citation }] },
      ),
    ).toEqual([
      { type: "refusal", choice: 0, text: "No." },
      { type: "image", choice: 0, mediaType: "image/png", data: "AAAA" },
      {
        type: "citation",
        choice: 0,
        citation: { url: "https://a.example", title: "A", citedText: null, start: 1, end: 2 },
      },
      { type: "finish", choice: 0, reason: "refusal", stopSequence: null },
    ]);
    const content = [
      { token: "a", logprob: -0.5, bytes: [97], top_logprobs: [{ token: "b", logprob: -2, bytes: null }] },
    ];
    const { events } = read([chunk({ content: "a" }, null, 0, { logprobs: { content } })]);
    expect(events[1]).toMatchObject({
      text: "a",
      logprobs: [{ token: "a", bytes: [97], top: [{ token: "b", logprob: -2 }] }],
    });
  });

  it("reads the sources that Perplexity puts beside the choices, once", () => {
    const sources = { search_results: [{ title: "A", url: "https://a.example" }], citations: ["https://a.example"] };
    const { events } = read([
      { ...chunk({ content: "a" }), ...sources },
      { ...chunk({}, "stop"), ...sources },
    ]);
    expect(events.filter(({ type }) => type === "citation")).toMatchObject([
      { citation: { url: "https://a.example", title: "A" } },
    ]);
  });

  it.each([
    ["length", "length"],
    ["model_length", "length"],
    ["content_filter", "content-filter"],
    ["sensitive", "content-filter"],
    ["eos", "stop"],
    ["insufficient_system_resource", "other"],
  ])("finish reason %s is %s", (reason, expected) => {
    expect(read([chunk({ content: "a" }, reason)]).events.at(-1)).toMatchObject({ type: "finish", reason: expected });
  });

  it("tells a whole answer from an error and from what is none", () => {
    const whole = {
      id: "c",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
    };
    expect(openAiChatUpstream.decodeResponse(JSON.stringify(whole))).toMatchObject({
      end: "complete",
      events: [{ type: "start" }, { text: "Hi" }, { type: "finish" }],
    });
    expect(openAiChatUpstream.decodeResponse('{"error":{"code":"bad"}}')).toMatchObject({ end: "interrupted" });
    for (const text of ["", "<html>", "{}", '{"choices":[]}', '{"base_resp":{"status_code":1004}}']) {
      expect(openAiChatUpstream.decodeResponse(text)).toEqual({ end: "garbage", events: [] });
    }
  });

  it("never throws and never says the same piece twice, whatever comes", () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const delta = fc.record(
      {
        content: fc.oneof(fc.string(), value),
        refusal: value,
        reasoning: fc.oneof(fc.string(), value),
        reasoning_details: fc.oneof(
          fc.array(fc.record({ type: value, text: value, signature: value, data: value })),
          value,
        ),
        tool_calls: fc.array(
          fc.record(
            { index: value, id: value, function: fc.record({ name: value, arguments: value }) },
            { requiredKeys: [] },
          ),
        ),
        images: fc.array(fc.record({ image_url: fc.record({ url: value }) })),
        annotations: fc.array(fc.record({ url_citation: value })),
        function_call: value,
      },
      { requiredKeys: [] },
    );
    const choice = fc.record({ index: fc.oneof(fc.nat(3), value), delta, finish_reason: value, logprobs: value });
    const anyChunk = fc.record(
      { choices: fc.oneof(fc.array(choice), value), usage: value, id: value },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(anyChunk, value), { maxLength: 5 }), (chunks) => {
        const { events } = read(chunks);
        const starts = events.flatMap((event) =>
          event.type === "tool-start" ? [`${event.choice}:${event.index}`] : [],
        );
        expect(new Set(starts).size).toBe(starts.length);
        const finishes = events.flatMap((event) => (event.type === "finish" ? [event.choice] : []));
        expect(new Set(finishes).size).toBe(finishes.length);
        expect(events.filter(({ type }) => type === "start").length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
