import { describe, expect, it } from "vitest";
import type { GuardrailSettings } from "#kernel";
import { openAiChatClient } from "#wire";
import { guardCall } from "../../../workers/gateway/inference/guard-call.ts";
import { prepareText } from "../../../workers/gateway/inference/prepare-text.ts";
import { BODY_SAYS } from "../../../workers/gateway/inference/route-hints.ts";

const SECRET = `sk-proj-${"a1B2".repeat(12)}`;
const CARD = "4111 1111 1111 1111";
const prepare = prepareText(openAiChatClient, BODY_SAYS);

function guard(content: string, settings: GuardrailSettings | null) {
  const text = JSON.stringify({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content }] });
  const prepared: string[] = [];
  const call = prepare(text);
  const guarded = guardCall(
    {
      call,
      text,
      prepare: (next) => {
        prepared.push(next);
        return prepare(next);
      },
    },
    settings,
  );
  return { call, guarded, prepared };
}

describe("the guardrails of a key", () => {
  it("refuse a call that holds what they block, and name its kind, never its text", () => {
    const asked = () => guard(`mine is ${SECRET}`, { secrets: "block", cards: "off" });
    expect(asked).toThrow(
      expect.objectContaining({ code: "guardrail_blocked", message: expect.stringMatching(/holds openai_key\.$/) }),
    );
  });

  it("what they redact is what goes on: the call is read anew from the redacted text", () => {
    const { call, guarded, prepared } = guard(`pay with ${CARD}`, { secrets: "off", cards: "redact" });
    expect(prepared).toHaveLength(1);
    expect(prepared[0]).not.toContain("4111");
    expect(guarded.call).not.toBe(call);
    expect(guarded.call.stickyPrefix()).not.toContain("4111");
    expect(guarded).toMatchObject({
      counts: { card_number: 1 },
      headers: [["x-prismatic-guardrails", "card_number=1"]],
    });
  });

  it("what only warns, or finds nothing, changes nothing", () => {
    const warned = guard(`mine is ${SECRET}`, { secrets: "warn", cards: "off" });
    expect([warned.guarded.call, warned.guarded.counts]).toEqual([warned.call, { openai_key: 1 }]);
    for (const settings of [null, { secrets: "off", cards: "off" } as const]) {
      const { call, guarded } = guard(`mine is ${SECRET}`, settings);
      expect(guarded).toEqual({ call, counts: {}, headers: [] });
    }
  });
});
