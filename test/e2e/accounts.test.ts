import { createHash } from "node:crypto";
import { drizzle } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { parseAuditKeys, UNSEALED_GRACE_MS } from "#audit";
import { newId } from "#kernel";
import { verifyLog } from "../../dev/audit/verify-log.ts";
import { callConsole } from "../../dev/stack/cron.ts";
import { systemClock, systemRandom } from "../../dev/keys/create-key.ts";
import { call, chat } from "./support/client.ts";
import { codeOf, ConsoleClient } from "./support/console-client.ts";
import { startWorld, until, type World } from "./support/world.ts";

/** By chance alone one run in some thousands is beyond. */
const DEVIATIONS_MAX = 3.7;
const ACCOUNTS = 28;
const TIMING_TEST_MS = 180_000;

let world: World;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
});
afterAll(() => world.stop());

/** Accounts with a password, as many as the doors need to let every round pass; their addresses. */
async function makeAccounts(count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, (_, index) => `timed-${index}@example.com`);
  for (const email of emails) {
    const id = newId("user", systemClock, systemRandom);
    await world.sql(
      `insert into account_user (id, name, email, email_verified, attested_adult_at, policy_version, policy_accepted_at)
       values ($1, 'Timed', $2, true, now(), '1', now())`,
      [id, email],
    );
    await world.sql(
      "insert into user_login (id, user_id, provider_id, account_id, password) values ($1, $2, 'credential', $2, $3)",
      [newId("login", systemClock, systemRandom), id, `s1:1:${"A".repeat(22)}:${"B".repeat(43)}`],
    );
  }
  return emails;
}

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
  const receipt = await until("the call's receipt", async () => {
    const found = await invited.get(`/organizations/${org}/receipts/${answer.id}`);
    return found.status === 200 ? found.body : null;
  });
  expect(receipt).toMatchObject({ id: answer.id, key_id: made.body["id"], streamed: true, outcome: "completed" });
  expect(Number(receipt["cost_usd"])).toBeGreaterThan(0);
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
  // Sealed, and verified as `npm run audit:verify` does it, at a time when nothing may be left unsealed.
  await callConsole(world.stack.urls.console, "seal-audit", world.stack.secrets.internal_token);
  const pool = new Pool({ connectionString: world.stack.state.database_url, max: 1 });
  const options = { db: drizzle(pool), keys: parseAuditKeys(world.stack.secrets.audit_keys), keptHeads: new Map() };
  const verdicts = verifyLog({ ...options, only: org, nowMs: Date.now() + UNSEALED_GRACE_MS });
  for await (const verdict of verdicts) expect(verdict).toMatchObject({ chain: org, ok: true, sealed: log.length });
  await pool.end();
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

  test(
    "S11: take as long for an address that has an account as for one that has none",
    async () => {
      const client = newClient();
      const known = await makeAccounts(ACCOUNTS);
      const body = { name: "Somebody", password: "another long password", adult: true, policy_version: "1" };
      // Sign-up comes last: it goes on hashing after its answers, which would hide what the others show.
      for (const [rounds, path, extra] of [
        [160, "/auth/password/forgot", {}],
        [20, "/auth/sign-in", { password: "not the password" }],
        [24, "/auth/sign-up", body],
      ] as const) {
        const times: { readonly known: number[]; readonly unknown: number[] } = { known: [], unknown: [] };
        for (let round = 0; round < rounds; round += 1) {
          // In turn, and each first as often as the other: whatever else the machine does falls on both.
          const turns = [
            [times.known, known[round % ACCOUNTS] ?? ""],
            [times.unknown, `nobody-${round}-${path.length}@example.com`],
          ] as const;
          for (const [taken, address] of round % 2 === 0 ? turns : turns.toReversed()) {
            const startMs = performance.now();
            const { status } = await client.another().post(path, { ...extra, email: address });
            expect(status).not.toBe(429);
            taken.push(performance.now() - startMs);
          }
        }
        // How often one of a pair takes longer than the other: half of the time where nothing tells them apart.
        const longer = times.known.flatMap((one) => times.unknown.map((other) => Number(one > other)));
        const share = longer.reduce((sum, one) => sum + one, 0) / longer.length;
        // The share's own deviation where both are alike (Mann and Whitney).
        const deviation = Math.sqrt((2 * rounds + 1) / (12 * rounds * rounds));
        expect(Math.abs(share - 0.5) / deviation, `${path}: ${share}`).toBeLessThan(DEVIATIONS_MAX);
      }
    },
    TIMING_TEST_MS,
  );

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
    const token = await client.mailedToken(email, "verify");
    // As for no account at all (S11).
    expect((await client.post("/auth/sign-in", { email, password })).body).toMatchObject({
      code: "invalid_credentials",
    });
    // The link alone confirms nothing: somebody else may have signed up with the address of who clicks.
    const other = await client.post("/auth/verify-email", { token, password: "the owner's own password" });
    expect(other.body).toMatchObject({ code: "invalid_credentials" });
    expect(await world.sql("select email_verified from account_user where email = $1", [email])).toEqual([
      { email_verified: false },
    ]);
    // Its owner gets in by the mailbox, and the other's password is gone.
    await client.post("/auth/password/forgot", { email });
    const reset = { token: await client.mailedToken(email, "reset"), password: "the owner's own password" };
    expect((await client.post("/auth/password/reset", reset)).status).toBe(200);
    expect((await client.post("/auth/sign-in", { email, password: reset.password })).status).toBe(200);
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
    // Its SHA-256 and nothing that could be turned back.
    const [sent = ""] = decodeURIComponent(client.cookie?.split("=")[1] ?? "").split(".");
    expect(rows[0]?.token).toBe(createHash("sha256").update(sent).digest("base64url"));
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

  test("whoever guesses at its codes is stopped, and its owner is told, once a day", async () => {
    const { email, password, userId } = await withFactor();
    const half = newClient();
    await half.post("/auth/sign-in", { email, password });
    const statuses: number[] = [];
    for (let guess = 0; guess < 28; guess += 1)
      statuses.push((await half.post("/auth/factor", { code: "000000" })).status);
    // Where two windows meet the limit may be off by a few.
    expect([statuses.indexOf(429) >= 20, statuses.slice(-2)]).toEqual([true, [429, 429]]);
    // From wherever it is tried.
    const elsewhere = newClient();
    await elsewhere.post("/auth/sign-in", { email, password });
    expect((await elsewhere.post("/auth/factor", { code: "000000" })).status).toBe(429);
    await world.stack.mailbox.waitFor((one) => one.to.includes(email) && (one.subject ?? "").includes("wrong codes"));
    const told = await world.sql("select 1 from mail_message where to_address = $1 and template = 'guesses_stopped'", [
      email,
    ]);
    expect(told).toHaveLength(1);
    const events = "select 1 from security_event where user_id = $1 and kind = 'guesses_stopped'";
    expect(await world.sql(events, [userId])).toHaveLength(1);
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

describe("sessions", () => {
  test("that ended by time are not listed, however many there are, and take no living one's place", async () => {
    const client = newClient();
    const { userId } = await client.join();
    for (const [expires, created] of [
      ["now() - interval '1 second'", "now() + interval '1 minute'"],
      ["now() + interval '1 hour'", "now() - interval '15 days'"],
    ])
      await world.sql(
        `insert into user_session (id, user_id, token, expires_at, proved_at, created_at)
         select typeid_new('ses'), $1, rpad(md5(n::text || $2), 43, 'A'), ${expires}, now(), ${created}
         from generate_series(1, 120) n`,
        [userId, expires],
      );
    const listed = await client.list("/me/sessions", z.looseObject({ is_current: z.boolean() }));
    expect(listed).toEqual([expect.objectContaining({ is_current: true })]);
  });

  test("all end but the one that asks", async () => {
    const client = newClient();
    const { email, password } = await client.join();
    const others = [newClient(), newClient()];
    for (const other of others) await other.post("/auth/sign-in", { email, password });
    expect((await client.remove("/me/sessions")).status).toBe(204);
    for (const other of others) expect((await other.get("/me")).body).toMatchObject({ code: "session_required" });
    expect((await client.get("/me")).status).toBe(200);
    const log = await client.list("/me/security-events", z.looseObject({ kind: z.string() }));
    expect(log[0]).toMatchObject({ kind: "other_sessions_ended" });
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

describe("keys", () => {
  test("S6: are made for oneself or, by an admin, for members of the same organization alone", async () => {
    const [owner, developer, stranger] = [newClient(), newClient(), newClient()];
    await owner.join();
    await stranger.join();
    const { email } = await developer.join();
    const org = String((await owner.post("/organizations", { name: "Ours" })).body["id"]);
    const theirs = (await stranger.post("/organizations", { name: "Theirs" })).body;
    await owner.post(`/organizations/${org}/invitations`, { email, role: "developer" });
    const token = await developer.mailedToken(email, "invitation");
    const ownId = String((await developer.post("/invitations/accept", { token })).body["member_id"]);
    const [ownerMember] = await owner.list("/organizations", z.looseObject({ member_id: z.string() }));
    const keysOf = `/organizations/${org}/keys`;
    // A member of another organization, a colleague where one may make keys for oneself alone, and another organization.
    for (const [client, path, memberId] of [
      [owner, keysOf, theirs["member_id"]],
      [developer, keysOf, ownerMember?.member_id],
      [developer, `/organizations/${String(theirs["id"])}/keys`, ownId],
      [stranger, keysOf, theirs["member_id"]],
    ] as const) {
      const answer = await client.post(path, { name: "Foreign", member_id: memberId });
      expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
    }
    expect((await owner.post(keysOf, { name: "For a colleague", member_id: ownId })).status).toBe(201);
    // And nobody changes a colleague's key without being an admin.
    const ofOwner = await owner.post(keysOf, { name: "The owner's" });
    const path = `${keysOf}/${String(ofOwner.body["id"])}`;
    expect((await developer.post(`${path}/revoke`)).body).toMatchObject({ code: "not_found" });
    expect((await developer.post(`${path}/rotate`, {})).body).toMatchObject({ code: "not_found" });
    expect(await world.sql("select 1 from api_key where name = 'Foreign'")).toEqual([]);
  });

  test("S5: stop when their member is removed", async () => {
    const [owner, leaver] = [newClient(), newClient()];
    await owner.join();
    const { email } = await leaver.join();
    const org = String((await owner.post("/organizations", { name: "Leaving" })).body["id"]);
    await owner.post(`/organizations/${org}/invitations`, { email, role: "developer" });
    const token = await leaver.mailedToken(email, "invitation");
    const memberId = String((await leaver.post("/invitations/accept", { token })).body["member_id"]);
    const key = String((await leaver.post(`/organizations/${org}/keys`, { name: "Mine" })).body["key"]);
    await world.credit(org, "1");
    expect((await call(`${world.url}/chat/completions`, chat("Still"), { key })).status).toBe(200);
    expect((await owner.remove(`/organizations/${org}/members/${memberId}`)).status).toBe(204);
    await until("the leaver's key is refused", async () => {
      const { status } = await call(`${world.url}/chat/completions`, chat("Gone"), { key });
      return status === 401 ? status : null;
    });
    expect((await leaver.get(`/organizations/${org}`)).body).toMatchObject({ code: "not_found" });
  });

  test.each([
    ["a negative budget", { budget: { limit_usd: "-1", period: "day" } }],
    ["a budget that is no amount", { budget: { limit_usd: "lots", period: "day" } }],
    ["a limit of none", { requests_per_minute: 0 }],
    ["an end that is past", { expires_at: "2020-01-01T00:00:00Z" }],
    ["an address that is none", { ip_allow: ["10.0.0.0/99"] }],
    ["a scope that does not exist", { scopes: ["everything"] }],
  ])("refuse %s, and nothing is made", async (_, wrong) => {
    const owner = newClient();
    await owner.join();
    const org = String((await owner.post("/organizations", { name: "Strict" })).body["id"]);
    const answer = await owner.post(`/organizations/${org}/keys`, { name: "Wrong", ...wrong });
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_parameter"]);
    expect((await owner.get(`/organizations/${org}/keys`)).body).toMatchObject({ data: [] });
  });
});

describe("roles", () => {
  test("are given and taken from above alone, and the owner hands over to stop being it", async () => {
    const [owner, admin] = [newClient(), newClient()];
    await owner.join();
    const { email } = await admin.join();
    const org = String((await owner.post("/organizations", { name: "Ranks" })).body["id"]);
    const [own] = await owner.list("/organizations", z.looseObject({ member_id: z.string() }));
    await owner.post(`/organizations/${org}/invitations`, { email, role: "admin" });
    const token = await admin.mailedToken(email, "invitation");
    const adminId = String((await admin.post("/invitations/accept", { token })).body["member_id"]);
    const ownerPath = `/organizations/${org}/members/${own?.member_id ?? ""}`;
    expect((await admin.patch(ownerPath, { role: "viewer" })).body).toMatchObject({ code: "not_found" });
    expect((await admin.remove(ownerPath)).body).toMatchObject({ code: "not_found" });
    const ownPath = `/organizations/${org}/members/${adminId}`;
    expect((await admin.patch(ownPath, { role: "owner" })).body).toMatchObject({ code: "not_possible" });
    const invited = await admin.post(`/organizations/${org}/invitations`, { email: "x@example.com", role: "admin" });
    expect(invited.body).toMatchObject({ code: "not_possible" });
    expect((await owner.post(`/organizations/${org}/leave`)).body).toMatchObject({ code: "permission_denied" });
    expect((await owner.post(`/organizations/${org}/transfer`, { member_id: adminId })).status).toBe(200);
    expect((await owner.post(`/organizations/${org}/leave`)).status).toBe(204);
    expect((await admin.list(`/organizations/${org}/members`, z.looseObject({ role: z.string() }))).length).toBe(1);
  });

  test("an organization that wants a second factor of everybody lets nobody in without", async () => {
    const owner = newClient();
    await owner.join();
    const org = String((await owner.post("/organizations", { name: "Careful" })).body["id"]);
    const begun = await owner.post("/me/factor");
    await owner.post("/me/factor/confirm", { code: codeOf(begun.body["secret"]) });
    const careless = newClient();
    const { email } = await careless.join();
    await owner.post(`/organizations/${org}/invitations`, { email, role: "viewer" });
    await careless.post("/invitations/accept", { token: await careless.mailedToken(email, "invitation") });
    const headers = { "if-match": (await owner.get(`/organizations/${org}`)).headers.get("etag") ?? "" };
    expect((await owner.patch(`/organizations/${org}`, { require_factor: true }, headers)).status).toBe(200);
    expect((await careless.get(`/organizations/${org}`)).body).toMatchObject({ code: "factor_required" });
    expect((await owner.get(`/organizations/${org}`)).body).toMatchObject({ require_factor: true });
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
