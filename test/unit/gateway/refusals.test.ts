import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { openAiChatClient } from "#wire";
import { prepareText } from "../../../workers/gateway/inference/prepare-text.ts";
import { BODY_SAYS } from "../../../workers/gateway/inference/route-hints.ts";
import { errorResponse } from "../../../workers/http/error-response.ts";
import { readBody } from "../../../workers/http/read-body.ts";
import { handTimer } from "../providers/hand-timer.ts";

const prepareChat = prepareText(openAiChatClient, BODY_SAYS);

describe("a request body", () => {
  const LIMIT_MS = 1_000;
  const read = (body: ReadableStream<Uint8Array>) => {
    const hand = handTimer();
    const request = new Request("https://api.example/", { method: "POST", body, duplex: "half" });
    return { hand, result: readBody(request, { limitBytes: 100, limitMs: LIMIT_MS, timer: hand.timer }) };
  };

  it("that never ends is refused when its time is over, and let go", async () => {
    let isCancelled = false;
    const { hand, result } = read(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array([0x7b])),
        cancel: () => {
          isCancelled = true;
        },
      }),
    );
    hand.advance(LIMIT_MS);
    await expect(result).rejects.toMatchObject({ code: "request_timeout" });
    expect(isCancelled).toBe(true);
  });

  it("that arrives leaves no timer", async () => {
    const { hand, result } = read(new Blob(["{}"]).stream());
    expect((await result).length).toBe(2);
    expect(hand.running()).toBe(0);
  });
});

describe("whether an error is worth another try", () => {
  const headersOf = (error: AppError) => new Map(errorResponse.headers(error));

  it("ends with the wait that the SDKs honour: told of more they would try again at once", () => {
    const waits = [60_000, 60_001].map((retryAfterMs) =>
      headersOf(new AppError("upstream_rate_limited", { retryAfterMs })),
    );
    expect(waits.map((headers) => headers.get("x-should-retry"))).toEqual(["true", "false"]);
    expect(waits.map((headers) => headers.get("retry-after"))).toEqual(["60", "61"]);
  });

  it("is no for what the same request meets again", () => {
    for (const code of ["model_unavailable", "response_too_large"] as const)
      expect(headersOf(new AppError(code)).get("x-should-retry"), code).toBe("false");
  });
});

it.each([
  ["tools", { tools: [{ type: "web_search" }] }],
  ["search_parameters", { search_parameters: { mode: "on" } }],
  [
    "messages",
    { messages: [{ role: "user", content: [{ type: "document_url", document_url: "https://a.example" }] }] },
  ],
  ["prediction", { prediction: { type: "content", content: "as it was" } }],
  ["web_search_options", { web_search_options: {} }],
  ["service_tier", { service_tier: "priority" }],
])("G3: what is billed apart from bounded tokens is refused: %s", (param, more) => {
  const body = { model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "hi" }], ...more };
  expect(() => prepareChat(JSON.stringify(body))).toThrow(
    expect.objectContaining({ code: "unsupported_parameter", param }),
  );
});
