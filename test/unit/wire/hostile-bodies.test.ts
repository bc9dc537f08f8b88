import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { parseChatRequest, parseEmbeddingsRequest } from "#wire";

const MESSAGES = '"messages":[{"role":"user","content":"x"}]';
const chat = (member: string): string => `{"model":"m",${MESSAGES},${member}}`;
const repeat = (piece: string, times: number): string => `${`${piece},`.repeat(times - 1)}${piece}`;

function refusal(read: () => unknown): {
  readonly code: string;
  readonly param: string | null;
  readonly message: string;
} {
  try {
    read();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("the body was accepted");
}

describe("bodies made to cost more than they are", () => {
  it.each([
    ["empty arrays", chat(`"x":[${repeat("[]", 400_000)}]`), "500000 values"],
    ["empty objects", chat(`"x":[${repeat("{}", 400_000)}]`), "500000 values"],
    ["numbers", chat(`"x":[${repeat("0", 600_000)}]`), "500000 values"],
    ["messages that are none", `{"model":"m","messages":[${repeat("0", 600_000)}]}`, "500000 values"],
    ["members of one name", chat(repeat('"":0', 600_000)), "1024 members"],
    ["members of many names", chat(Array.from({ length: 1024 }, (_, at) => `"k${at}":0`).join(",")), "1024 members"],
    [
      "one inner object",
      chat(`"x":{"y":{${Array.from({ length: 8193 }, (_, at) => `"k${at}":0`).join(",")}}}`),
      "8192 members",
    ],
    ["text that never ends its array", `{"x":[${"[],".repeat(600_000)}`, "500000 values"],
  ])("is refused before it is parsed: %s", (_, text, reason) => {
    expect(refusal(() => parseChatRequest(text))).toMatchObject({ code: "invalid_parameter", param: "body" });
    expect(refusal(() => parseChatRequest(text)).message).toContain(reason);
    expect(refusal(() => parseEmbeddingsRequest(text)).param).toBe("body");
  });

  it.each([
    ["messages", `{"model":"m","messages":[${repeat('{"role":"user"}', 100_001)}]}`],
    ["messages[0]", `{"model":"m","messages":[${repeat("0", 99_999)}]}`],
    ["tools", chat(`"tools":[${repeat('{"type":"function"}', 1025)}]`)],
    ["tools[0]", chat(`"tools":[${repeat("0", 1024)}]`)],
    ["functions", chat(`"functions":[${repeat("{}", 1025)}]`)],
    ["stop", chat(`"stop":[${repeat("0", 400_000)}]`)],
    ["stop", chat(`"stop":[${repeat('"a"', 65)}]`)],
    ["modalities", chat(`"modalities":[${repeat('"text"', 17)}]`)],
  ])("stops at the first fault of a long list: %s", (param, text) => {
    expect(refusal(() => parseChatRequest(text))).toMatchObject({ code: "invalid_parameter", param });
  });

  it("names the first of many wrong tokens, and takes as many right ones as OpenAI does", () => {
    const body = (items: string): string => `{"model":"m","input":[${items}]}`;
    expect(refusal(() => parseEmbeddingsRequest(body(repeat("1.5", 400_000)))).param).toBe("input[0]");
    expect(refusal(() => parseEmbeddingsRequest(body(repeat("{}", 200_000)))).param).toBe("input");
    expect(parseEmbeddingsRequest(body(repeat("7", 300_000))).inputTokens).toBe(300_000);
  });

  it("lets large honest bodies pass: long texts, images, and many messages with punctuation in them", () => {
    const brackets = "[{,:}]".repeat(1_000_000);
    const image = `data:image/png;base64,${"A".repeat(8_000_000)}`;
    const content = [
      { type: "text", text: brackets },
      { type: "image_url", image_url: { url: image } },
    ];
    expect(parseChatRequest(JSON.stringify({ model: "m", messages: [{ role: "user", content }] })).input).toMatchObject(
      {
        images: 1,
        textBytes: "text".length + brackets.length,
      },
    );
    const turns = Array.from({ length: 50_000 }, () => ({ role: "user", content: "a, b" }));
    expect(parseChatRequest(JSON.stringify({ model: "m", messages: turns })).input.messages).toBe(50_000);
  });

  it("estimates tokens in bounded time for texts nested as deep and as many as a body may hold", () => {
    const inner = `${"[".repeat(110)}${repeat('"dots.1"', 499_000)}${"]".repeat(110)}`;
    const request = parseChatRequest(`{"model":"m","messages":[{"role":"user","content":"x","y":${inner}}]}`);
    const startedAtMs = performance.now();
    const estimate = request.estimateInputTokens();
    // Some 20 ms here. The walk over every text that this replaces took three seconds for this body, and grew with its size.
    expect(performance.now() - startedAtMs).toBeLessThan(500);
    expect(estimate).toBeGreaterThan(499_000 * 3);
    expect(estimate).toBeLessThan(499_000 * 6);
  });

  it("a message that calls itself a file is text all the same", () => {
    const message = { role: "user", type: "file", id: "long ".repeat(1000), content: "word ".repeat(1000) };
    const request = parseChatRequest(JSON.stringify({ model: "m", messages: [message] }));
    expect(request.estimateInputTokens()).toBeGreaterThan(1900);
  });
});
