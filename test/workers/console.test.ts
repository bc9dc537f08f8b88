import { env } from "cloudflare:workers";
import { createExecutionContext } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { Webhook } from "standardwebhooks";
import { parseWebhookSecret } from "#notify";
import { compose } from "../../workers/console/compose.ts";
import { internalProject } from "../../workers/console/routes/internal-project.ts";
import worker from "../../workers/console/index.ts";
import { resendWebhook } from "../../workers/console/webhooks/resend.ts";

const TOKEN = "an-internal-token-of-enough-length";
const consoleEnv: ConsoleEnv = {
  ENVIRONMENT: "development",
  DATABASE_URL: "postgresql://console_app:secret@db.invalid/app",
  INTERNAL_TOKEN: TOKEN,
  DOOR_SECRET: btoa("d".repeat(32)),
  UPSTASH_REDIS_REST_URL: "",
  UPSTASH_REDIS_REST_TOKEN: "",
  AUDIT_KEYS: JSON.stringify({ 1: btoa("k".repeat(32)) }),
  BYOK_SEALING_KEY: "",
  LEAK_REPORTERS: "",
  SITE_URL: "http://127.0.0.1:8788",
  MAIL_FROM: "Prismatic API <no-reply@prismatic.test>",
  AUTH_SECRET: "s".repeat(43),
  PASSWORD_PEPPERS: JSON.stringify({ "1": "A".repeat(43) }),
  KEY_PEPPERS: JSON.stringify({ "1": "A".repeat(43) }),
  MAIL_KEY: JSON.stringify({ "1": "A".repeat(43) }),
  ACCOUNT: env.ACCOUNT,
};
// Nobody listens there: what needs the database fails, without asking any name server.
Reflect.set(consoleEnv, "NEON_HTTP_ENDPOINT", "http://127.0.0.1:9/sql");
Reflect.set(consoleEnv, "RESEND_API_KEY", "re_test");
Reflect.set(consoleEnv, "RESEND_BASE_URL", "http://127.0.0.1:9");

const send = (path: string, init: RequestInit = {}) =>
  worker.fetch(new Request(`https://console.test${path}`, init), consoleEnv, createExecutionContext());

describe("the console Worker", () => {
  test("answers its health without touching the database", async () => {
    const response = await send("/health");
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });

  test.each([
    ["without a token", {}],
    ["with a wrong token", { authorization: `Bearer ${TOKEN}x` }],
    ["with an empty token", { authorization: "Bearer " }],
    ["with a token of another scheme", { authorization: `Basic ${TOKEN}` }],
  ])("hides the internal routes %s", async (_, headers) => {
    for (const path of ["/internal/project", "/internal/seal-audit"]) {
      const response = await send(path, { method: "POST", headers });
      expect([response.status, await response.json()]).toMatchObject([404, { error: { code: "not_found" } }]);
    }
  });

  test("does not run the projector on GET, which a link could cause", async () => {
    expect((await send("/internal/project", { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(404);
  });

  test.each(["", "short"])("refuses to start with the internal token '%s'", (INTERNAL_TOKEN) => {
    expect(() => compose({ ...consoleEnv, INTERNAL_TOKEN })).toThrow("INTERNAL_TOKEN");
  });

  test.each(["", "{}", JSON.stringify({ 1: "short" })])("refuses to start with the audit keys '%s'", (AUDIT_KEYS) => {
    expect(() => compose({ ...consoleEnv, AUDIT_KEYS })).toThrow("AUDIT_KEYS");
  });

  test.each([
    ["MAIL_KEY", "", "MAIL_KEY"],
    ["MAIL_FROM", "nobody", "MAIL_FROM"],
    ["SITE_URL", "http://prismaticapi.com", "SITE_URL"],
    ["RESEND_API_KEY", "", "RESEND_API_KEY"],
    ["MAIL_WEBHOOK_SECRET", "whsec_", "MAIL_WEBHOOK_SECRET"],
  ])("refuses to start with %s '%s'", (name, value, named) => {
    const changed = { ...consoleEnv };
    Reflect.set(changed, name, value);
    expect(() => compose(changed)).toThrow(named);
  });

  test("in production refuses links to loopback and a provider without https", () => {
    const production = { ...consoleEnv, ENVIRONMENT: "production" };
    expect(() => compose(production)).toThrow("RESEND_BASE_URL");
    Reflect.set(production, "UPSTASH_REDIS_REST_URL", "https://eu1.upstash.io");
    Reflect.set(production, "UPSTASH_REDIS_REST_TOKEN", "a-token-of-enough-length-for-redis");
    Reflect.set(production, "RESEND_BASE_URL", "");
    expect(() => compose(production)).toThrow("SITE_URL");
    expect(() => compose({ ...production, SITE_URL: "https://prismaticapi.com" })).not.toThrow();
  });

  test("sends by Cloudflare's binding where there is no key of Resend's", async () => {
    const sent: unknown[] = [];
    const bound = { ...consoleEnv };
    Reflect.set(bound, "RESEND_API_KEY", "");
    Reflect.set(bound, "EMAIL", { send: (message: unknown) => Promise.resolve(sent.push(message)) });
    const { transport } = compose(bound).mail;
    const message = { id: "mai_1", to: "ada@example.com", subject: "Hello", html: "<p>Hello</p>", text: "Hello" };
    expect(await transport.send(message)).toEqual({ outcome: "sent" });
    expect(sent).toMatchObject([{ to: "ada@example.com", from: { email: "no-reply@prismatic.test" } }]);
  });

  test.each([
    ["DOOR_SECRET", { DOOR_SECRET: "" }],
    ["DOOR_SECRET", { DOOR_SECRET: btoa("short") }],
    ["UPSTASH_REDIS_REST_URL", { ENVIRONMENT: "production" }],
    ["UPSTASH_REDIS_REST_URL", { ENVIRONMENT: "production", UPSTASH_REDIS_REST_URL: "https://redis.example" }],
    ["UPSTASH_REDIS_REST_URL", { ENVIRONMENT: "production", UPSTASH_REDIS_REST_URL: "http://eu1.upstash.io" }],
    ["UPSTASH_REDIS_REST_TOKEN", { ENVIRONMENT: "production", UPSTASH_REDIS_REST_URL: "https://eu1.upstash.io" }],
  ])("refuses to start where %s is missing, weak or somebody else's: %j", (name, wrong) => {
    const mailed = { SITE_URL: "https://prismaticapi.com", RESEND_BASE_URL: "" };
    expect(() => compose({ ...consoleEnv, ...mailed, ...wrong })).toThrow(name);
  });

  test("names the variable at fault in its log, and answers nothing of it", async () => {
    vi.resetModules();
    const { default: fresh } = await import("../../workers/console/index.ts");
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const request = new Request("https://console.test/internal/project", { method: "POST" });
    const response = await fresh.fetch(request, { ...consoleEnv, INTERNAL_TOKEN: "short" }, createExecutionContext());
    const lines = logged.mock.calls.map(([line]) => String(line)).join("");
    logged.mockRestore();
    expect(lines).toContain("configuration: INTERNAL_TOKEN is missing or malformed");
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining("INTERNAL_TOKEN")]);
  });

  test("a database that fails gives a 500 that reveals nothing of it", async () => {
    const response = await send("/internal/project", { method: "POST", headers: { authorization: `Bearer ${TOKEN}` } });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain("internal_error");
    expect(text).not.toMatch(/db\.invalid|secret|console_app/);
  });

  test("reaches the Account object of an organization by region and locator, and repeats change nothing", async () => {
    const { applyEvents } = compose(consoleEnv);
    const account = { region: "g", locator: "CCCCCCCCCCCCCCCCC" } as const;
    const events = [
      { type: "organization", version: 1, organization: { id: "org_01jd2v5f9gfq2t0000000000aa", status: "active" } },
    ] as const;
    await applyEvents(account, events);
    await applyEvents(account, events);
    const status = await env.ACCOUNT.get(env.ACCOUNT.idFromName("g:CCCCCCCCCCCCCCCCC")).status();
    expect(status).toMatchObject({ orgId: "org_01jd2v5f9gfq2t0000000000aa", openHolds: 0 });
  });

  test("the right token runs the projector", async () => {
    const { db: _, ...rest } = compose(consoleEnv);
    const asked: string[] = [];
    const db = new Proxy(
      {},
      {
        get: (_, name) => {
          asked.push(String(name));
          throw new Error("asked the database");
        },
      },
    );
    const request = new Request("https://console.test/internal/project", {
      method: "POST",
      headers: { authorization: `bearer ${TOKEN}` },
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the proxy stands in for any database: every use of it throws
    const services = { ...rest, db: db as ReturnType<typeof compose>["db"] };
    await expect(internalProject(request, services)).rejects.toThrow("asked the database");
    expect(asked).toEqual(["select"]);
  });
});

describe("what the mail provider tells", () => {
  const SECRET = `whsec_${btoa("a secret of thirty-two bytes....")}`;
  const body = JSON.stringify({ type: "email.bounced", data: { to: ["ada@example.com"] } });
  const signedAt = new Date();

  function told(signature: string, secret: string | null = SECRET) {
    const statements: string[] = [];
    const db = new Proxy(
      {},
      {
        get: (_, name) => {
          statements.push(String(name));
          return () => ({ values: () => ({ onConflictDoNothing: () => Promise.resolve() }) });
        },
      },
    );
    const request = new Request("https://console.test/webhooks/resend", {
      method: "POST",
      headers: {
        "svix-id": "msg_1",
        "svix-timestamp": String(Math.floor(signedAt.getTime() / 1_000)),
        "svix-signature": signature,
      },
      body,
    });
    const mail = {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the proxy stands in for any database
      db: db as ReturnType<typeof compose>["db"],
      logger: () => undefined,
      webhook: secret === null ? null : parseWebhookSecret(secret),
    };
    return { statements, answer: resendWebhook(request, { mail }) };
  }

  test("is believed where it is signed after Svix, in workerd too", async () => {
    const { statements, answer } = told(new Webhook(SECRET).sign("msg_1", signedAt, body));
    expect((await answer).status).toBe(204);
    expect(statements).toEqual(["insert"]);
  });

  test.each([
    ["with another signature", "v1,AAAA", SECRET],
    ["without a signature", "", SECRET],
    ["where no secret is set", new Webhook(SECRET).sign("msg_1", signedAt, body), null],
  ])("changes nothing %s", async (_, signature, secret) => {
    const { statements, answer } = told(signature, secret);
    await expect(answer).rejects.toMatchObject({ code: "not_found" });
    expect(statements).toEqual([]);
  });
});
