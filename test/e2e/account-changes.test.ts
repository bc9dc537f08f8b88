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
const LINK_INVALID = expect.objectContaining({ code: "link_invalid" });
const CONFIRM = "confirm-email";
const STOP = "stop-email-change";

async function emailOf(userId: string): Promise<string | undefined> {
  const rows = await world.sql<{ email: string }>("select email from account_user where id = $1", [userId]);
  return rows[0]?.email;
}

/** Somebody whose change of address waits for its link. */
async function asked() {
  const client = newClient();
  const person = await client.join();
  const newEmail = `new-${person.email}`;
  const answer = await client.post("/me/email", { email: newEmail });
  expect([answer.status, answer.body]).toEqual([202, { status: "confirmation_sent" }]);
  const stop = await client.mailedToken(person.email, STOP);
  const token = await client.mailedToken(newEmail, CONFIRM);
  return { client, ...person, newEmail, stop, token };
}

async function changed() {
  const change = await asked();
  const answer = await change.client.post("/me/email/confirm", { token: change.token });
  expect([answer.status, answer.body]).toEqual([200, { email: change.newEmail }]);
  return change;
}

describe("a change of address", () => {
  test("is made by the link of the new address; both are told, and other sessions end", async () => {
    const client = newClient();
    const { email, password, userId } = await client.join();
    const other = newClient();
    await other.post("/auth/sign-in", { email, password });
    const newEmail = `new-${email}`;
    await client.post("/me/email", { email: ` ${newEmail.toUpperCase()} ` });
    const token = await client.mailedToken(newEmail, CONFIRM);
    expect(await emailOf(userId)).toBe(email);
    expect((await client.post("/me/email/confirm", { token })).body).toEqual({ email: newEmail });
    expect(await emailOf(userId)).toBe(newEmail);
    expect((await client.get("/me")).body).toMatchObject({ email: newEmail, email_verified: true });
    expect((await other.get("/me")).body).toMatchObject({ code: "session_required" });
    for (const address of [email, newEmail])
      await world.stack.mailbox.waitFor(
        (one) => one.to.includes(address) && (one.subject ?? "").includes("was changed"),
      );
    // It signs in by the new address, and the link works once.
    expect((await newClient().post("/auth/sign-in", { email: newEmail, password })).status).toBe(200);
    expect((await newClient().post("/auth/sign-in", { email, password })).body).toMatchObject({
      code: "invalid_credentials",
    });
    expect((await client.post("/me/email/confirm", { token })).body).toEqual(LINK_INVALID);
  });

  test("is made by nobody who has not the link: nothing else is one, and only who asked may use it", async () => {
    const { client, userId, email, stop, token } = await asked();
    const stranger = newClient();
    const { userId: strangerId, email: strangerEmail } = await stranger.join();
    expect((await stranger.post("/me/email/confirm", { token })).body).toEqual(LINK_INVALID);
    for (const wrong of [stop, "A".repeat(43), "x"])
      expect((await client.post("/me/email/confirm", { token: wrong })).body).toEqual(LINK_INVALID);
    expect([await emailOf(userId), await emailOf(strangerId)]).toEqual([email, strangerEmail]);
  });

  test("wants a fresh session", async () => {
    const client = newClient();
    const { userId } = await client.join();
    await world.sql("update user_session set proved_at = now() - interval '11 minutes' where user_id = $1", [userId]);
    expect((await client.post("/me/email", { email: "other@example.com" })).body).toMatchObject({
      code: "fresh_session_required",
    });
  });

  test("works for a day, and is replaced by the next", async () => {
    const { client, userId, token, newEmail } = await asked();
    await client.post("/me/email", { email: `newer-${newEmail}` });
    const newer = await client.mailedToken(`newer-${newEmail}`, CONFIRM);
    expect((await client.post("/me/email/confirm", { token })).body).toEqual(LINK_INVALID);
    await world.sql("update email_change set expires_at = now() - interval '1 second' where user_id = $1", [userId]);
    expect((await client.post("/me/email/confirm", { token: newer })).body).toEqual(LINK_INVALID);
  });

  test("of twenty tries at once, one is made", async () => {
    const { client, token } = await asked();
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.post("/me/email/confirm", { token })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("S11: to an address that has an account answers alike; its owner is told, and nobody else gets a link", async () => {
    const [client, owner] = [newClient(), newClient()];
    const { email: taken } = await owner.join("Grace");
    const { email: own } = await client.join();
    const answers = [
      await client.post("/me/email", { email: taken }),
      await client.post("/me/email", { email: "free@example.com" }),
    ];
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [202, { status: "confirmation_sent" }],
      [202, { status: "confirmation_sent" }],
    ]);
    await world.stack.mailbox.waitFor((one) => one.to.includes(taken) && (one.text ?? "").includes("another account"));
    for (const named of [taken, "free@example.com"])
      await world.stack.mailbox.waitFor(
        (one) => one.to.includes(own) && /to become/.test(one.text ?? "") && plain(one.text).includes(named),
      );
    expect((await client.post("/me/email", { email: own })).body).toMatchObject({ code: "not_possible" });
  });

  test("to an address that somebody took meanwhile is refused, and changes nothing", async () => {
    const { client, userId, email, newEmail, token } = await asked();
    const other = newClient();
    await other.post("/auth/sign-up", {
      name: "Quick",
      email: newEmail,
      password: "a long enough password",
      adult: true,
      policy_version: "1",
    });
    await other.mailedToken(newEmail, "verify");
    expect((await client.post("/me/email/confirm", { token })).body).toEqual(LINK_INVALID);
    expect(await emailOf(userId)).toBe(email);
  });

  test("S15: an invitation stays its address's: the old one's is lost, the new one's is found", async () => {
    const owner = newClient();
    await owner.join();
    const org = String((await owner.post("/organizations", { name: "Bound" })).body["id"]);
    const { client, email, newEmail } = await changed();
    for (const [address, status] of [
      [email, 400],
      [newEmail, 200],
    ] as const) {
      await owner.post(`/organizations/${org}/invitations`, { email: address, role: "viewer" });
      const token = await client.mailedToken(address, "invitation");
      expect((await client.post("/invitations/accept", { token })).status).toBe(status);
    }
  });
});

describe("the old address", () => {
  test("stops a change that waits: every session ends, and the new address's link is dead", async () => {
    const { client, userId, email, password, stop, token } = await asked();
    const answer = await newClient().post("/auth/email/stop", { token: stop });
    expect(answer.body).toEqual({ status: "stopped", email });
    expect((await client.get("/me")).body).toMatchObject({ code: "session_required" });
    const again = newClient();
    await again.post("/auth/sign-in", { email, password });
    expect((await again.post("/me/email/confirm", { token })).body).toEqual(LINK_INVALID);
    expect((await newClient().post("/auth/email/stop", { token: stop })).body).toEqual(LINK_INVALID);
    expect(await emailOf(userId)).toBe(email);
  });

  test("takes a change back for seven days, with the same link, and both are told", async () => {
    const { client, userId, email, newEmail, stop } = await changed();
    expect((await newClient().post("/auth/email/stop", { token: stop })).body).toEqual({ status: "reversed", email });
    expect(await emailOf(userId)).toBe(email);
    expect((await client.get("/me")).body).toMatchObject({ code: "session_required" });
    for (const address of [email, newEmail])
      await world.stack.mailbox.waitFor(
        (one) => one.to.includes(address) && plain(one.text).includes(`from ${newEmail} to ${email}`),
      );
    expect((await newClient().post("/auth/email/stop", { token: stop })).body).toEqual(LINK_INVALID);
  });

  test("is not outrun by a second change", async () => {
    const { client, userId, email, newEmail, stop } = await changed();
    await client.post("/me/email", { email: `third-${email}` });
    const secondStop = await client.mailedToken(newEmail, STOP);
    const token = await client.mailedToken(`third-${email}`, CONFIRM);
    expect((await client.post("/me/email/confirm", { token })).status).toBe(200);
    expect((await newClient().post("/auth/email/stop", { token: stop })).body).toEqual({ status: "reversed", email });
    expect(await emailOf(userId)).toBe(email);
    expect((await newClient().post("/auth/email/stop", { token: secondStop })).body).toEqual(LINK_INVALID);
    expect(await emailOf(userId)).toBe(email);
  });

  test("takes nothing back after seven days", async () => {
    const { userId, newEmail, stop } = await changed();
    await world.sql("update email_change set reversible_until = now() - interval '1 second' where user_id = $1", [
      userId,
    ]);
    expect((await newClient().post("/auth/email/stop", { token: stop })).body).toEqual(LINK_INVALID);
    expect(await emailOf(userId)).toBe(newEmail);
  });
});

/** Without what keeps mail programs from making links of addresses. */
const plain = (text: string | null | undefined): string =>
  (text ?? "").replaceAll(/[\u200b\u2060\ufeff]/g, "").replaceAll(/\s+/g, " ");

describe("closing an account", () => {
  test("S5: stops sessions, memberships and keys at once, with the organizations that it owns alone, and is mailed", async () => {
    const [owner, leaver] = [newClient(), newClient()];
    await owner.join();
    const { email, password, userId } = await leaver.join();
    const theirs = String((await owner.post("/organizations", { name: "Theirs" })).body["id"]);
    const own = String((await leaver.post("/organizations", { name: "Alone" })).body["id"]);
    await owner.post(`/organizations/${theirs}/invitations`, { email, role: "developer" });
    await leaver.post("/invitations/accept", { token: await leaver.mailedToken(email, "invitation") });
    const keys = [];
    for (const org of [theirs, own]) {
      keys.push(String((await leaver.post(`/organizations/${org}/keys`, { name: "Mine" })).body["key"]));
      await world.credit(org, "1");
    }
    const answer = await leaver.post("/me/close");
    expect(answer.status, answer.text).toBe(200);
    const days = (Date.parse(String(answer.body["closes_at"])) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(30, 1);
    expect(leaver.cookie).toBeNull();
    for (const key of keys)
      await until("the key is refused", async () => {
        const { status } = await call(`${world.url}/chat/completions`, chat("Gone"), { key });
        return status === 401 ? status : null;
      });
    expect(await world.sql("select 1 from user_session where user_id = $1", [userId])).toEqual([]);
    expect(await world.sql("select 1 from member where user_id = $1 and left_at is null", [userId])).toEqual([]);
    const again = newClient();
    expect((await again.post("/auth/sign-in", { email, password })).body).toMatchObject({ code: "account_closing" });
    expect((await again.get("/me")).body).toMatchObject({ code: "session_required" });
    expect(await world.sql("select 1 from user_session where user_id = $1", [userId])).toEqual([]);
    await world.stack.mailbox.waitFor((one) => one.to.includes(email) && (one.text ?? "").includes("/reopen"));
  });

  test("is refused to who owns an organization with others, until it is handed over", async () => {
    const [owner, heir] = [newClient(), newClient()];
    await owner.join();
    const { email } = await heir.join();
    const org = String((await owner.post("/organizations", { name: "Shared Works" })).body["id"]);
    await owner.post("/organizations", { name: "Alone" });
    await owner.post(`/organizations/${org}/invitations`, { email, role: "admin" });
    const accepted = await heir.post("/invitations/accept", { token: await heir.mailedToken(email, "invitation") });
    const refused = await owner.post("/me/close");
    expect([refused.status, refused.body["code"]]).toEqual([409, "not_possible"]);
    expect(refused.body["detail"]).toContain("transfer them first: Shared Works.");
    expect((await owner.get("/me")).status).toBe(200);
    await owner.post(`/organizations/${org}/transfer`, { member_id: accepted.body["member_id"] });
    expect((await owner.post("/me/close")).status).toBe(200);
    expect((await heir.get(`/organizations/${org}`)).status).toBe(200);
  });

  test("wants a fresh proof, of the second factor too", async () => {
    const client = newClient();
    const { userId } = await client.join();
    const begun = await client.post("/me/factor");
    await client.post("/me/factor/confirm", { code: codeOf(begun.body["secret"]) });
    await world.sql("update user_session set factor_at = now() - interval '11 minutes' where user_id = $1", [userId]);
    expect((await client.post("/me/close")).body).toMatchObject({ code: "fresh_session_required" });
  });

  test("is taken back with the password and the second factor: the organizations come back, the keys do not", async () => {
    const client = newClient();
    const { email, password } = await client.join();
    const org = String((await client.post("/organizations", { name: "Alone" })).body["id"]);
    const key = await client.post(`/organizations/${org}/keys`, { name: "Mine" });
    const begun = await client.post("/me/factor");
    const confirmed = await client.post("/me/factor/confirm", { code: codeOf(begun.body["secret"]) });
    const [recoveryCode] = z.array(z.string()).parse(confirmed.body["recovery_codes"]);
    const invited = newClient();
    const { email: invitedEmail } = await invited.join();
    await client.post(`/organizations/${org}/invitations`, { email: invitedEmail, role: "viewer" });
    await client.post("/me/close");
    // An invitation of before brings nobody into an organization without an owner.
    const token = await invited.mailedToken(invitedEmail, "invitation");
    expect((await invited.post("/invitations/accept", { token })).body).toEqual(LINK_INVALID);
    const refusals = [
      [{ email, password: "not the password" }, "invalid_credentials"],
      [{ email: `nobody-${email}`, password }, "invalid_credentials"],
      [{ email, password }, "factor_required"],
      [{ email, password, code: "000000" }, "wrong_code"],
    ] as const;
    for (const [body, code] of refusals)
      expect((await newClient().post("/auth/reopen", body)).body).toMatchObject({ code });
    const reopened = await newClient().post("/auth/reopen", { email, password, recovery_code: recoveryCode });
    expect([reopened.status, reopened.body]).toEqual([200, { status: "reopened" }]);
    await world.stack.mailbox.waitFor((one) => one.to.includes(email) && (one.subject ?? "").includes("stays"));
    const back = newClient();
    await back.post("/auth/sign-in", { email, password });
    expect((await back.post("/auth/factor", { code: codeOf(begun.body["secret"], 1) })).status).toBe(200);
    expect((await back.get(`/organizations/${org}`)).body).toMatchObject({ name: "Alone" });
    expect((await back.get(`/organizations/${org}/keys/${String(key.body["id"])}`)).body).toMatchObject({
      status: "revoked",
    });
    expect((await back.post(`/organizations/${org}/keys`, { name: "New" })).status).toBe(201);
    // Once.
    const again = await newClient().post("/auth/reopen", { email, password });
    expect(again.body).toMatchObject({ code: "not_possible" });
  });

  test("is final after thirty days, and is not what a suspended account takes back", async () => {
    for (const [change, code] of [
      ["closes_at = now() - interval '1 second'", "not_possible"],
      ["status = 'suspended', closes_at = null", "account_suspended"],
    ]) {
      const client = newClient();
      const { email, password, userId } = await client.join();
      await client.post("/me/close");
      await world.sql(`update account_user set ${change} where id = $1`, [userId]);
      expect((await newClient().post("/auth/reopen", { email, password })).body).toMatchObject({ code });
    }
  });
});
