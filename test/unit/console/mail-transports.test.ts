import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startMailbox, type Mailbox } from "../../../dev/mailbox/index.ts";
import { cloudflareTransport } from "../../../workers/console/mail/cloudflare-transport.ts";
import type { OutgoingMail } from "../../../workers/console/mail/mail-transport.ts";
import { resendTransport } from "../../../workers/console/mail/resend-transport.ts";
import { parseSender } from "../../../workers/console/mail/sender.ts";

const from = parseSender("Prismatic API <no-reply@prismatic.test>");
const API_KEY = "re_a_key";
let serial = 0;

function outgoing(to: string, parts: Partial<OutgoingMail> = {}): OutgoingMail {
  serial += 1;
  return { id: `mai_${serial}`, to, subject: "Hello", html: "<p>Hello</p>", text: "Hello", ...parts };
}

describe("Resend's adapter against the mailbox", () => {
  let mailbox: Mailbox;
  beforeAll(async () => {
    mailbox = await startMailbox({ apiKey: API_KEY });
  });
  afterAll(() => mailbox.stop());

  const transport = (apiKey = API_KEY) => resendTransport({ apiKey, baseUrl: mailbox.url, from, fetch });

  test("a message arrives as it was sent, under its id as the key", async () => {
    const message = outgoing("ada@example.com", { subject: "Grüße 今日は" });
    expect(await transport().send(message)).toEqual({ outcome: "sent" });
    expect(mailbox.messages("ada@example.com")[0]).toMatchObject({
      from: "Prismatic API <no-reply@prismatic.test>",
      to: ["ada@example.com"],
      subject: "Grüße 今日は",
      html: "<p>Hello</p>",
      text: "Hello",
      idempotency_key: message.id,
    });
  });

  test("the same message sent twice arrives once", async () => {
    const message = outgoing("twice@example.com");
    await transport().send(message);
    expect(await transport().send(message)).toEqual({ outcome: "sent" });
    expect(mailbox.messages("twice@example.com")).toHaveLength(1);
  });

  test("a message whose words changed between two tries was sent by the first", async () => {
    const message = outgoing("changed@example.com");
    await transport().send(message);
    expect(await transport().send({ ...message, text: "Hello again" })).toEqual({ outcome: "sent" });
    expect(mailbox.messages("changed@example.com")).toHaveLength(1);
  });

  test("an address that the provider does not take is told from a message that it does not take", async () => {
    expect(await transport().send(outgoing("refused@mailbox.test"))).toMatchObject({ outcome: "address_refused" });
    expect(await transport().send(outgoing("ada@example.com", { subject: "a\nb" }))).toMatchObject({
      outcome: "refused",
    });
  });

  test("too many at once is tried again when the provider says", async () => {
    expect(await transport().send(outgoing("rate-limited@mailbox.test"))).toEqual({
      outcome: "retry",
      code: "rate_limited",
      retryAfterMs: 1_000,
      isBusy: true,
    });
  });

  test("a broken provider and a wrong key are tried again", async () => {
    expect(await transport().send(outgoing("broken@mailbox.test"))).toMatchObject({ code: "provider_unavailable" });
    expect(await transport("re_wrong").send(outgoing("ada@example.com"))).toMatchObject({
      outcome: "retry",
      code: "provider_refuses_us",
      isBusy: true,
    });
  });
});

describe("Resend's adapter", () => {
  const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
    resendTransport({
      apiKey: API_KEY,
      baseUrl: "https://resend.test",
      from,
      fetch: () => Promise.resolve(new Response(body, { status, headers })),
    });

  test.each([
    [429, `{"name":"daily_quota_exceeded"}`, { outcome: "retry", code: "quota_exceeded" }],
    [409, `{"name":"concurrent_idempotent_requests"}`, { outcome: "retry", isBusy: false }],
    [403, `{"name":"validation_error","message":"The domain is not verified"}`, { code: "provider_refuses_us" }],
    [422, `{"name":"validation_error","message":"Invalid \`to\` field."}`, { outcome: "address_refused" }],
    [422, `{"name":"validation_error","message":"Invalid \`from\` field."}`, { outcome: "refused" }],
    [451, `{"name":"security_error"}`, { outcome: "refused" }],
    [500, "not JSON", { outcome: "retry", code: "provider_unavailable" }],
    [503, "", { outcome: "retry" }],
  ])("%i %s", async (status, body, expected) => {
    expect(await answering(status, body).send(outgoing("ada@example.com"))).toMatchObject(expected);
  });

  test("a refusal without end is not read to its end", async () => {
    let chunks = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        chunks += 1;
        controller.enqueue(new Uint8Array(4_096).fill(65));
      },
    });
    const transport = resendTransport({
      apiKey: API_KEY,
      baseUrl: "https://resend.test",
      from,
      fetch: () => Promise.resolve(new Response(body, { status: 500 })),
    });
    expect(await transport.send(outgoing("ada@example.com"))).toMatchObject({ outcome: "retry" });
    expect(chunks).toBeLessThan(10);
  });

  test("nothing of the provider's text is in the result", async () => {
    const result = await answering(422, `{"name":"x","message":"ada@example.com is bad"}`).send(outgoing("a@b.test"));
    expect(JSON.stringify(result)).not.toContain("ada@");
  });

  test("a provider that is not reached is tried again", async () => {
    const fetch = () => Promise.reject(new TypeError("connection refused by ada@example.com"));
    const transport = resendTransport({ apiKey: API_KEY, baseUrl: "https://resend.test", from, fetch });
    expect(await transport.send(outgoing("ada@example.com"))).toEqual({
      outcome: "retry",
      code: "provider_unavailable",
      retryAfterMs: null,
      isBusy: false,
    });
  });
});

describe("Cloudflare's adapter", () => {
  test("hands the message to the binding, which makes the MIME of it", async () => {
    const sent: unknown[] = [];
    const binding = {
      send: (message: unknown) => {
        sent.push(message);
        return Promise.resolve({ messageId: "<1@example>" });
      },
    };
    expect(await cloudflareTransport(binding, from).send(outgoing("ada@example.com"))).toEqual({ outcome: "sent" });
    expect(sent).toEqual([
      {
        from: { email: "no-reply@prismatic.test", name: "Prismatic API" },
        to: "ada@example.com",
        subject: "Hello",
        html: "<p>Hello</p>",
        text: "Hello",
      },
    ]);
  });

  test.each([
    ["E_RECIPIENT_SUPPRESSED", { outcome: "address_refused" }],
    ["E_RATE_LIMIT_EXCEEDED", { outcome: "retry", isBusy: true }],
    ["E_SENDER_NOT_VERIFIED", { outcome: "retry", code: "provider_refuses_us" }],
    ["E_DELIVERY_FAILED", { outcome: "retry", isBusy: false }],
    ["E_VALIDATION_ERROR", { outcome: "refused" }],
    ["E_CONTENT_TOO_LARGE", { outcome: "refused" }],
    [undefined, { outcome: "retry", code: "provider_unavailable" }],
  ])("its error %s", async (code, expected) => {
    const binding = { send: () => Promise.reject(Object.assign(new Error("ada@example.com"), { code })) };
    const result = await cloudflareTransport(binding, from).send(outgoing("ada@example.com"));
    expect(result).toMatchObject(expected);
    expect(JSON.stringify(result)).not.toContain("ada@");
  });
});

test.each(["", "no-reply@prismatic.test", "Name <no address>", "A\r\nBcc: x <a@b.c>", "A <a@b.c>, B <b@c.d>"])(
  "MAIL_FROM %j does not start",
  (text) => {
    expect(() => parseSender(text)).toThrow("MAIL_FROM");
  },
);
