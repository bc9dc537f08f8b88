import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectText } from "../../../src/abuse/index.ts";
import { isCardNumber } from "../../../src/abuse/is-card-number.ts";

const OPENAI = `sk-proj-${"a1B2".repeat(12)}`;
const CARD = "4111 1111 1111 1111";
const body = (content: string, more: object = {}) => JSON.stringify({ messages: [{ role: "user", content }], ...more });

describe("guardrails", () => {
  it.each([
    ["openai_key", OPENAI],
    ["anthropic_key", `sk-ant-api03-${"x9_-".repeat(20)}`],
    ["prismatic_key", `prism_live_${"k7".repeat(20)}`],
    ["aws_access_key", "AKIAIOSFODNN7EXAMPLE"],
    ["github_token", `ghp_${"Ab1".repeat(12)}`],
    ["gitlab_token", "glpat-abcdefghij0123456789"],
    ["google_key", `AIza${"Q".repeat(35)}`],
    ["slack_token", "xoxb-123456789012-abcdefABCDEF"],
    ["stripe_key", `sk_live_${"4e".repeat(12)}`],
    ["npm_token", `npm_${"z".repeat(36)}`],
    ["private_key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc+/=\n"],
    ["card_number", CARD],
  ])("find a %s, and say so without it", (kind, secret) => {
    const text = body(`mine is ${secret}, keep it`);
    const warned = inspectText(text, { secrets: "warn", cards: "warn" });
    expect(warned).toEqual({ counts: { [kind]: 1 }, blocked: [], text });
    expect(inspectText(text, { secrets: "block", cards: "block" }).blocked).toEqual([kind]);
    const redacted = inspectText(text, { secrets: "redact", cards: "redact" });
    expect(redacted.text).not.toContain(secret.slice(0, 12));
    expect(JSON.parse(redacted.text)).toMatchObject({
      messages: [{ content: expect.stringContaining("[redacted]") as unknown }],
    });
    expect(inspectText(text, { secrets: "off", cards: "off" })).toEqual({ counts: {}, blocked: [], text });
  });

  it.each(["A=1\nB=", "\t", "\r\n", "\u0001", "ü", "\\", '"', "="])(
    "find a secret after %j, escaped or not",
    (before) => {
      const text = body(`${before}${OPENAI}`);
      const escaped = text.replace(OPENAI, OPENAI.replaceAll("a", "\\u0061").replaceAll("s", "\\u0073"));
      expect(JSON.parse(escaped)).toEqual(JSON.parse(text));
      for (const one of [text, escaped]) {
        expect(inspectText(one, { secrets: "warn", cards: "off" })).toMatchObject({
          counts: { openai_key: 1 },
          text: one,
        });
        const { text: redacted } = inspectText(one, { secrets: "redact", cards: "off" });
        expect(JSON.parse(redacted)).toMatchObject({ messages: [{ content: `${before}[redacted]` }] });
      }
    },
  );

  it("find none inside a word", () => {
    const text = body(`task-${"a1B2".repeat(12)} n${OPENAI}`);
    expect(inspectText(text, { secrets: "warn", cards: "off" }).counts).toEqual({});
  });

  it("leave numbers alone that are no card's", () => {
    for (const number of ["4111 1111 1111 1112", "1234567890123456", "2026-11-25 0329", "+49 170 1234567890"]) {
      expect(inspectText(body(number), { secrets: "block", cards: "block" }).counts).toEqual({});
    }
    expect(isCardNumber("378282246310005")).toBe(true);
    expect(isCardNumber("30569309025904")).toBe(true);
  });

  it("look into strings alone, so that a redacted text is still the same JSON", () => {
    const text = body(CARD, { seed: 4111111111111111 });
    const { text: redacted, counts } = inspectText(text, { secrets: "redact", cards: "redact" });
    expect(JSON.parse(redacted)).toMatchObject({ seed: 4111111111111111 });
    expect(counts).toEqual({ card_number: 1 });
  });

  it("keep any JSON as it is where nothing is found, and never make it longer", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const { text, counts } = inspectText(json, { secrets: "redact", cards: "redact" });
        expect(() => JSON.parse(text) as unknown).not.toThrow();
        expect(text.length).toBeLessThanOrEqual(json.length);
        if (Object.keys(counts).length === 0) expect(text).toBe(json);
      }),
    );
  });

  it("look through a picture of many megabytes", () => {
    const text = body(`data:image/png;base64,${"QUJD".repeat(2_000_000)}`);
    expect(inspectText(text, { secrets: "redact", cards: "redact" })).toEqual({ counts: {}, blocked: [], text });
  });

  it("take time in proportion to a hostile text", () => {
    const hostile = body(
      `${"-----BEGIN PRIVATE KEY-----".repeat(20_000)}${"sk-".repeat(100_000)}${"4 ".repeat(200_000)}`,
    );
    expect(inspectText(hostile, { secrets: "warn", cards: "warn" }).text).toBe(hostile);
  });
});
