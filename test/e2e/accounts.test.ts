import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { call, chat } from "./support/client.ts";
import { codeOf, ConsoleClient } from "./support/console-client.ts";
import { startWorld, until, type World } from "./support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
});
afterAll(() => world.stop());

const newClient = (): ConsoleClient => new ConsoleClient(world.stack);

test("from sign-up to a revoked key, by the API alone, and all of it in the audit log", async () => {
  const owner = newClient();
  const { email, password } = await owner.join("Ada Lovelace");
  // An authenticator app, and a sign-in that needs it.
  const begun = await owner.post("/me/factor");
  expect(begun.status, JSON.stringify(begun.body)).toBe(201);
  const confirmed = await owner.post("/me/factor/confirm", { code: codeOf(begun.body["secret"]) });
  expect(confirmed.body["recovery_codes"]).toHaveLength(10);
  const again = newClient();
  expect((await again.post("/auth/sign-in", { email, password })).body).toMatchObject({ factor_required: true });
  expect((await again.get("/me")).body).toMatchObject({ code: "factor_required" });
  expect((await again.post("/auth/factor", { code: codeOf(begun.body["secret"], 1) })).status).toBe(200);
  expect((await again.get("/me")).body).toMatchObject({ email, name: "Ada Lovelace" });
  // An organization, and a member who is invited to it.
  const organization = await again.post("/organizations", { name: "Analytical Engines" });
  const org = String(organization.body["id"]);
  const invited = newClient();
  const { email: invitedEmail } = await invited.join("Charles");
  const invitation = await again.post(`/organizations/${org}/invitations`, { email: invitedEmail, role: "developer" });
  expect(invitation.status, JSON.stringify(invitation.body)).toBe(201);
  const token = await invited.mailedToken(invitedEmail, "invitation");
  const accepted = await invited.post("/invitations/accept", { token });
  expect(accepted.body).toMatchObject({ organization_id: org });
  // A key with a budget, with which a stream is read.
  await world.credit(org, "5");
  const made = await invited.post(`/organizations/${org}/keys`, {
    name: "Engine",
    budget: { limit_usd: "1.50", period: "day" },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  expect(made.body).toMatchObject({ budget: { limit_usd: "1.500000000", period: "day" }, status: "active" });
  const key = String(made.body["key"]);
  const answer = await call(`${world.url}/chat/completions`, chat("Note G", { stream: true }), { key });
  expect(answer.status, answer.text).toBe(200);
  // Rotated with an overlap, then revoked: refused at the latest when the leases that knew it have ended.
  const keyPath = `/organizations/${org}/keys/${String(made.body["id"])}`;
  const rotated = await invited.post(`${keyPath}/rotate`, { overlap_seconds: 3_600 });
  const successor = String(rotated.body["key"]);
  for (const one of [key, successor])
    expect((await call(`${world.url}/chat/completions`, chat("Both"), { key: one })).status).toBe(200);
  expect((await invited.post(`${keyPath}/revoke`)).body).toMatchObject({ status: "revoked" });
  await until("the revoked key is refused", async () => {
    const { status } = await call(`${world.url}/chat/completions`, chat("Gone"), { key });
    return status === 401 ? status : null;
  });
  expect((await call(`${world.url}/chat/completions`, chat("Stays"), { key: successor })).status).toBe(200);
  // The log says all of it, whoever did it, and neither the key nor a name.
  const log = await again.list(`/organizations/${org}/audit?limit=200`, z.looseObject({ action: z.string() }));
  expect(log.map(({ action }) => action).toReversed()).toEqual([
    "organization.created",
    "member.created",
    "invitation.created",
    "invitation.accepted",
    "member.created",
    "key.created",
    "key.updated",
    "key.created",
    "key.revoked",
  ]);
  expect(JSON.stringify(log)).not.toContain(key.slice(-20));
});

describe("sign-up and sign-in", () => {
  test("S11: answer alike for an address that has an account; its owner is told by mail", async () => {
    const client = newClient();
    const { email } = await client.join();
    const body = { name: "Somebody", email, password: "another long password", adult: true, policy_version: "1" };
    const known = await newClient().post("/auth/sign-up", body);
    const unknown = await newClient().post("/auth/sign-up", { ...body, email: `new-${email}` });
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    await world.stack.mailbox.waitFor((one) => one.to.includes(email) && (one.text ?? "").includes("/forgot"));
    for (const forgotten of [email, `nobody-${email}`]) {
      const answer = await newClient().post("/auth/password/forgot", { email: forgotten });
      expect([answer.status, answer.body]).toEqual([202, { status: "sent_if_known" }]);
    }
  });

  test("a wrong password and an unknown address are refused alike", async () => {
    const { email } = await newClient().join();
    for (const credentials of [
      { email, password: "not the password" },
      { email: `nobody-${email}`, password: "not the password" },
    ]) {
      const answer = await newClient().post("/auth/sign-in", credentials);
      expect([answer.status, answer.body["code"], answer.headers.getSetCookie()]).toEqual([
        401,
        "invalid_credentials",
        [],
      ]);
    }
  });

  test("an address that was not confirmed signs nobody in, and gets a new link", async () => {
    const client = newClient();
    const email = `unconfirmed-${Date.now()}@example.com`;
    const password = "a long enough password";
    await client.post("/auth/sign-up", { name: "Un", email, password, adult: true, policy_version: "1" });
    expect((await client.post("/auth/sign-in", { email, password })).body).toMatchObject({
      code: "email_not_verified",
    });
    expect((await client.post("/auth/sign-in", { email, password: "wrong password" })).body).toMatchObject({
      code: "invalid_credentials",
    });
  });

  test.each([
    ["nobody who is not of age", { adult: false }],
    ["no short password", { password: "short" }],
    ["no role of its own choosing (S14)", { role: "admin" }],
    ["no confirmed address of its own choosing (S14)", { email_verified: true }],
    ["no address without an @", { email: "ada" }],
  ])("takes %s", async (_, wrong) => {
    const body = {
      name: "A",
      email: "a@example.com",
      password: "a long enough password",
      adult: true,
      policy_version: "1",
    };
    const answer = await newClient().post("/auth/sign-up", { ...body, ...wrong });
    expect(answer.status).toBe(400);
  });

  test("what stands in the database signs nobody in: the token is stored hashed", async () => {
    const client = newClient();
    const { userId } = await client.join();
    const rows = await world.sql<{ token: string }>("select token from user_session where user_id = $1", [userId]);
    expect(rows).toHaveLength(1);
    expect(client.cookie).not.toContain(rows[0]?.token);
    const response = await fetch(`${world.stack.urls.console}/api/v1/me`, {
      headers: { cookie: `__Host-prismatic=${rows[0]?.token ?? ""}` },
    });
    expect(response.status).toBe(401);
  });

  test("the cookie is bound to the host, hidden from scripts, and not sent by other sites", async () => {
    const { email, password } = await newClient().join();
    const { headers } = await newClient().post("/auth/sign-in", { email, password });
    expect(headers.getSetCookie().join()).toMatch(
      /^__Host-prismatic=(?=.*Path=\/)(?=.*HttpOnly)(?=.*Secure)(?=.*SameSite=Lax)(?!.*Domain)/,
    );
    expect(headers.get("cache-control")).toBe("no-store");
  });
});

describe("a second factor", () => {
  async function withFactor() {
    const client = newClient();
    const person = await client.join();
    const begun = await client.post("/me/factor");
    const secret = begun.body["secret"];
    const confirmed = await client.post("/me/factor/confirm", { code: codeOf(secret) });
    return { client, ...person, secret, recoveryCodes: z.array(z.string()).parse(confirmed.body["recovery_codes"]) };
  }

  test("S8: of twenty tries with one code at once, one passes", async () => {
    const { email, password, secret } = await withFactor();
    const half = newClient();
    await half.post("/auth/sign-in", { email, password });
    const code = codeOf(secret, 1);
    const answers = await Promise.all(Array.from({ length: 20 }, () => half.post("/auth/factor", { code })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body["code"] === "wrong_code")).toHaveLength(19);
  });

  test("S9: adding one ends the other sessions, and is mailed", async () => {
    const client = newClient();
    const { email, password } = await client.join();
    const other = newClient();
    await other.post("/auth/sign-in", { email, password });
    const begun = await client.post("/me/factor");
    await client.post("/me/factor/confirm", { code: codeOf(begun.body["secret"]) });
    expect((await other.get("/me")).body).toMatchObject({ code: "session_required" });
    expect((await client.get("/me")).status).toBe(200);
    await world.stack.mailbox.waitFor((one) => one.to.includes(email) && (one.text ?? "").includes("/app/security"));
  });

  test("S10: a password reset ends every session and does not pass it", async () => {
    const { client, email, secret } = await withFactor();
    await client.post("/auth/password/forgot", { email });
    const token = await client.mailedToken(email, "reset");
    const password = "an altogether new password";
    expect((await client.post("/auth/password/reset", { token, password })).status).toBe(200);
    expect((await client.post("/auth/password/reset", { token, password })).body).toMatchObject({
      code: "link_invalid",
    });
    expect((await client.get("/me")).status).toBe(401);
    const fresh = newClient();
    expect((await fresh.post("/auth/sign-in", { email, password })).body).toMatchObject({ factor_required: true });
    for (const path of ["/me", "/organizations", "/me/sessions"])
      expect((await fresh.get(path)).body).toMatchObject({ code: "factor_required" });
    expect((await fresh.remove("/me/factor")).body).toMatchObject({ code: "factor_required" });
    expect((await fresh.post("/auth/factor", { code: codeOf(secret, 1) })).status).toBe(200);
  });

  test("a recovery code stands in for it, once, however it is typed", async () => {
    const { email, password, recoveryCodes } = await withFactor();
    const typed = ` ${(recoveryCodes[0] ?? "").toUpperCase().replaceAll("-", " ")} `;
    for (const expected of [200, 400]) {
      const half = newClient();
      await half.post("/auth/sign-in", { email, password });
      expect((await half.post("/auth/factor", { recovery_code: typed })).status).toBe(expected);
    }
  });

  test("neither its secret nor its recovery codes stand readable in the database", async () => {
    const { userId, secret, recoveryCodes } = await withFactor();
    const rows = await world.sql(
      "select f.sealed_secret, c.code_hash from user_factor f join user_recovery_code c using (user_id) where user_id = $1",
      [userId],
    );
    const text = JSON.stringify(rows);
    expect(rows).toHaveLength(10);
    for (const hidden of [String(secret), ...recoveryCodes]) expect(text).not.toContain(hidden);
  });
});

describe("requests from elsewhere", () => {
  test.each([
    ["another site", { origin: "https://evil.example" }],
    ["no page at all", { origin: "" }],
    ["a page without an origin", { origin: "null" }],
  ])("S16: a change from %s is refused, signed in or not", async (_, headers) => {
    const client = newClient();
    await client.join();
    const answer = await client.send("POST", "/organizations", { name: "Forged" }, headers);
    expect([answer.status, answer.body["code"]]).toEqual([403, "cross_site_request"]);
    expect((await client.get("/organizations")).body).toEqual({ data: [] });
  });

  test("S16: a form cannot say that it is JSON", async () => {
    const client = newClient();
    await client.join();
    const answer = await client.send("POST", "/organizations", '{"name":"Forged"}', { "content-type": "text/plain" });
    expect([answer.status, answer.body["code"]]).toEqual([415, "unsupported_content_type"]);
  });
});

describe("invitations", () => {
  test("S15: are for their address alone, and work once", async () => {
    const owner = newClient();
    await owner.join();
    const org = String((await owner.post("/organizations", { name: "Bound" })).body["id"]);
    const meant = newClient();
    const { email } = await meant.join();
    const other = newClient();
    await other.join();
    await owner.post(`/organizations/${org}/invitations`, { email, role: "viewer" });
    const token = await meant.mailedToken(email, "invitation");
    expect((await other.post("/invitations/accept", { token })).body).toMatchObject({ code: "link_invalid" });
    expect((await meant.post("/invitations/accept", { token })).status).toBe(200);
    expect((await meant.post("/invitations/accept", { token })).body).toMatchObject({ code: "link_invalid" });
    expect((await other.get(`/organizations/${org}`)).body).toMatchObject({ code: "not_found" });
  });
});
