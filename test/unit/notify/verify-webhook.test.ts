import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { parseWebhookSecret, verifyWebhook } from "#notify";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const webhook = parseWebhookSecret(SECRET);
const MINUTE_MS = 60_000;

function signed(body: string, at = new Date(), secret = SECRET) {
  const id = "msg_1";
  return { id, timestamp: String(Math.floor(at.getTime() / 1_000)), signature: new Webhook(secret).sign(id, at, body) };
}

const event = (type: string, data: unknown): string =>
  JSON.stringify({ type, created_at: "2026-11-30T00:00:00Z", data });
const BOUNCED = event("email.bounced", { to: ["Ada@Example.com"], bounce: { type: "Permanent" } });

describe("Resend's word about an address", () => {
  test("a bounce that is signed puts the address on the list, in lower case", () => {
    expect(verifyWebhook(webhook, signed(BOUNCED), BOUNCED)).toEqual({
      outcome: "suppress",
      reason: "bounced",
      addresses: ["ada@example.com"],
    });
  });

  test("a complaint does too, also where the address is written with a name", () => {
    const body = event("email.complained", { to: ["Ada <ada@example.com>"] });
    expect(verifyWebhook(webhook, signed(body), body)).toMatchObject({
      reason: "complained",
      addresses: ["ada@example.com"],
    });
  });

  test.each([
    ["a full mailbox", event("email.bounced", { to: ["ada@example.com"], bounce: { type: "Transient" } })],
    ["a delivery", event("email.delivered", { to: ["ada@example.com"] })],
    ["a bounce of nobody", event("email.bounced", { to: [] })],
    ["an event without data", JSON.stringify({ type: "email.bounced" })],
    ["what is no event", "[]"],
    ["what is no JSON", "bounced"],
  ])("%s is taken note of, and changes nothing", (_, body) => {
    expect(verifyWebhook(webhook, signed(body), body)).toEqual({ outcome: "ignored" });
  });

  test.each([
    ["with another secret", signed(BOUNCED, new Date(), `whsec_${Buffer.alloc(32, 8).toString("base64")}`)],
    ["of another body", signed(`${BOUNCED} `)],
    ["from ten minutes ago, a replay", signed(BOUNCED, new Date(Date.now() - 10 * MINUTE_MS))],
    ["from the future", signed(BOUNCED, new Date(Date.now() + 10 * MINUTE_MS))],
    ["without headers", { id: "", timestamp: "", signature: "" }],
    ["with the id of another event", { ...signed(BOUNCED), id: "msg_2" }],
    ["with a time that was not signed", { ...signed(BOUNCED), timestamp: String(Math.floor(Date.now() / 1_000) - 9) }],
  ])("one signed %s is not believed", (_, headers) => {
    expect(verifyWebhook(webhook, headers, BOUNCED)).toEqual({ outcome: "unverified" });
  });

  test.each(["", "whsec_", "whsec_***"])("the secret %j does not start", (secret) => {
    expect(() => parseWebhookSecret(secret)).toThrow("MAIL_WEBHOOK_SECRET");
  });
});
