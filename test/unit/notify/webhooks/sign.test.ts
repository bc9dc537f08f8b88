import { createHmac } from "node:crypto";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { newWebhookSecret, signWebhook } from "#notify";
import { systemRandom } from "../../../../dev/keys/create-key.ts";

const ID = "evt_01h2xcejqtf2nbrexx3vqjhp41";

/** The standard's words, computed without its library. */
const expected = (secret: string, id: string, seconds: number, body: string): string =>
  `v1,${createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"))
    .update(`${id}.${seconds}.${body}`)
    .digest("base64")}`;

describe("a webhook's signature", () => {
  test("is HMAC-SHA256 over id, time in seconds and body, under the bytes of the secret", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 4e12 }), (body, atMs) => {
        const secret = newWebhookSecret(systemRandom);
        const headers = signWebhook([secret], { id: ID, atMs, body });
        const seconds = Math.floor(atMs / 1_000);
        expect(headers).toEqual({
          "webhook-id": ID,
          "webhook-timestamp": String(seconds),
          "webhook-signature": expected(secret, ID, seconds, body),
        });
      }),
    );
  });

  test("is what the reference library takes, and what it refuses once anything is changed", () => {
    const secret = newWebhookSecret(systemRandom);
    const body = JSON.stringify({ type: "webhook.test" });
    const headers = { ...signWebhook([secret], { id: ID, atMs: Date.now(), body }) };
    const webhook = new Webhook(secret);
    expect(webhook.verify(body, headers)).toEqual({ type: "webhook.test" });
    expect(() => webhook.verify(`${body} `, headers)).toThrow();
    expect(() => webhook.verify(body, { ...headers, "webhook-id": `${ID}x` })).toThrow();
    expect(() => new Webhook(newWebhookSecret(systemRandom)).verify(body, headers)).toThrow();
  });

  test("is older than the library takes when it was made six minutes ago", () => {
    const secret = newWebhookSecret(systemRandom);
    const headers = { ...signWebhook([secret], { id: ID, atMs: Date.now() - 360_000, body: "{}" }) };
    expect(() => new Webhook(secret).verify("{}", headers)).toThrow();
  });

  test("is two while a secret is rotated, the current one first, and each is enough", () => {
    const [current, previous] = [newWebhookSecret(systemRandom), newWebhookSecret(systemRandom)];
    const headers = { ...signWebhook([current, previous], { id: ID, atMs: Date.now(), body: "{}" }) };
    const seconds = Number(headers["webhook-timestamp"]);
    expect(headers["webhook-signature"]).toBe(
      `${expected(current, ID, seconds, "{}")} ${expected(previous, ID, seconds, "{}")}`,
    );
    for (const secret of [current, previous]) expect(new Webhook(secret).verify("{}", headers)).toEqual({});
  });

  test("comes of a secret of 32 random bytes that is another each time", () => {
    const secrets = Array.from({ length: 50 }, () => newWebhookSecret(systemRandom));
    expect(new Set(secrets).size).toBe(50);
    for (const secret of secrets) expect(Buffer.from(secret.slice(6), "base64")).toHaveLength(32);
  });
});
