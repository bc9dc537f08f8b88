import { createServer, request as httpRequest } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseWebhookSecret, verifyWebhook, type WebhookResult } from "#notify";
import { startMailbox, type Mailbox } from "../../../dev/mailbox/index.ts";
import { listen } from "../../../dev/stack/listen.ts";

const API_KEY = "re_of_this_test";
const EMAIL = { from: "Us <us@prismatic.test>", to: "ada@example.com", subject: "Hello", text: "Hello" };
let mailbox: Mailbox;

beforeAll(async () => {
  mailbox = await startMailbox({ apiKey: API_KEY });
});
afterAll(() => mailbox.stop());
beforeEach(() => mailbox.clear());

async function post(body: unknown, headers: Record<string, string> = { authorization: `Bearer ${API_KEY}` }) {
  const response = await fetch(`${mailbox.url}/emails`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  return { status: response.status, answer, headers: response.headers };
}

const withKey = (key: string) => ({ authorization: `Bearer ${API_KEY}`, "idempotency-key": key });

describe("POST /emails, as Resend answers it", () => {
  test("takes a message and answers its id alone", async () => {
    const { status, answer } = await post(EMAIL);
    expect([status, answer]).toEqual([200, { id: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
  });

  test.each([
    ["no key", EMAIL, {}, 401, "missing_api_key"],
    ["a wrong key", EMAIL, { authorization: "Bearer re_other" }, 401, "validation_error"],
    ["no recipient", { ...EMAIL, to: undefined }, undefined, 422, "missing_required_field"],
    ["no subject", { ...EMAIL, subject: undefined }, undefined, 422, "missing_required_field"],
    ["no words", { ...EMAIL, text: undefined }, undefined, 422, "validation_error"],
    ["a recipient that is none", { ...EMAIL, to: "ada" }, undefined, 422, "validation_error"],
    ["a sender that is none", { ...EMAIL, from: "us" }, undefined, 422, "validation_error"],
    ["too many recipients", { ...EMAIL, to: Array(51).fill("a@b.cd") }, undefined, 422, "validation_error"],
    ["a line end in the subject", { ...EMAIL, subject: "a\r\nb" }, undefined, 422, "validation_error"],
    ["what is no JSON", "{", undefined, 400, "validation_error"],
    ["an idempotency key that is too long", EMAIL, withKey("k".repeat(257)), 400, "invalid_idempotency_key"],
  ])("refuses %s", async (_, body, headers, status, name) => {
    const refused = await post(body, headers);
    expect(refused.status).toBe(status);
    expect(refused.answer).toEqual({ statusCode: status, name, message: expect.any(String) });
    expect(mailbox.messages()).toHaveLength(0);
  });

  test("the same key and message again is the same id and one message; another message is refused", async () => {
    const first = await post(EMAIL, withKey("once"));
    expect((await post(EMAIL, withKey("once"))).answer).toEqual(first.answer);
    expect(await post({ ...EMAIL, subject: "Other" }, withKey("once"))).toMatchObject({
      status: 409,
      answer: { name: "invalid_idempotent_request" },
    });
    expect(mailbox.messages()).toHaveLength(1);
  });

  test("its special addresses are too busy or broken", async () => {
    const busy = await post({ ...EMAIL, to: "rate-limited+7@mailbox.test" });
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await post({ ...EMAIL, to: "broken@mailbox.test" })).status).toBe(500);
    expect((await post({ ...EMAIL, to: "broken@example.com" })).status).toBe(200);
  });

  test("GET is not allowed", async () => {
    expect((await fetch(`${mailbox.url}/emails`)).status).toBe(405);
  });
});

test("bounces and complaints are told to the console, signed so that it believes them", async () => {
  const secret = `whsec_${Buffer.alloc(24, 3).toString("base64")}`;
  const { promise, resolve } = Promise.withResolvers<WebhookResult>();
  const listener = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const header = (name: string) => String(request.headers[`svix-${name}`]);
      const headers = { id: header("id"), timestamp: header("timestamp"), signature: header("signature") };
      resolve(verifyWebhook(parseWebhookSecret(secret), headers, body));
      response.writeHead(204).end();
    });
  });
  const port = await listen(listener, 0, "listener");
  mailbox.tell({ url: `http://127.0.0.1:${port}/`, secret });
  await post({ ...EMAIL, to: "bounced+1@resend.dev" });
  expect(await promise).toEqual({ outcome: "suppress", reason: "bounced", addresses: ["bounced+1@resend.dev"] });
  listener.closeAllConnections();
  listener.close();
});

describe("what it shows", () => {
  const HOSTILE = `</title><script>alert(1)</script>`;

  test("messages as JSON: of all, of one recipient, and one", async () => {
    await post(EMAIL);
    await post({ ...EMAIL, to: "Eve <EVE@example.com>" });
    const get = async (path: string) => (await fetch(mailbox.url + path)).json();
    expect(await get("/messages")).toMatchObject({ messages: [{ to: ["Eve <EVE@example.com>"] }, { to: [EMAIL.to] }] });
    expect(await get("/messages?to=eve@example.com")).toMatchObject({ messages: [{ subject: "Hello" }] });
    const [message] = mailbox.messages("ada@example.com");
    expect(await get(`/messages/${message?.id}`)).toEqual(message);
    expect(await get("/messages/none")).toMatchObject({ name: "not_found" });
  });

  test("DELETE forgets them", async () => {
    await post(EMAIL);
    expect((await fetch(`${mailbox.url}/messages`, { method: "DELETE" })).status).toBe(204);
    expect(mailbox.messages()).toEqual([]);
  });

  test("keeps a bounded number", async () => {
    const to = (index: number) => `${index}@example.com`;
    for (let index = 0; index < 510; index += 1) await post({ ...EMAIL, to: to(index) });
    expect(mailbox.messages()).toHaveLength(500);
    expect(mailbox.messages(to(0))).toEqual([]);
    expect(mailbox.messages(to(509))).toHaveLength(1);
  });

  test("the page writes a message's words as words, and its HTML only into a frame that runs nothing", async () => {
    await post({ ...EMAIL, subject: HOSTILE, text: HOSTILE, html: "<script>alert(1)</script>" });
    const id = mailbox.messages()[0]?.id ?? "";
    for (const path of ["/", `/view/${id}`]) {
      const response = await fetch(mailbox.url + path);
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      const html = await response.text();
      expect(html).not.toContain("<script");
      expect(html).toContain("&lt;script&gt;");
      if (path !== "/") expect(html).toMatch(/<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/);
    }
    const frame = await fetch(`${mailbox.url}/messages/${id}/html`);
    const policy = frame.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'/);
    expect(policy).not.toMatch(/allow-scripts|allow-same-origin|script-src/);
  });

  test("who comes under another name, as a page that was made to lead here does, reads nothing", async () => {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const options = { headers: { host: "evil.example" } };
    httpRequest(`${mailbox.url}/messages`, options, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
    expect(await promise).toBe(404);
  });
});
