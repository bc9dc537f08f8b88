import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { SoftwareAuthenticator, type Lies } from "../support/authenticator.ts";
import { codeOf, ConsoleClient } from "./support/console-client.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld({});
});
afterAll(() => world.stop());

const newClient = (): ConsoleClient => new ConsoleClient(world.stack);
const newAuthenticator = (options = {}): SoftwareAuthenticator =>
  new SoftwareAuthenticator(world.stack.siteUrl, options);

/** What is to be signed, asked for anew: to sign in, or to add one. */
async function optionsOf(client: ConsoleClient, path = "/auth/passkey/options"): Promise<unknown> {
  const answer = await client.post(path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body["options"];
}

async function addTo(client: ConsoleClient, authenticator: SoftwareAuthenticator, lies = {}) {
  const options = await optionsOf(client, "/me/passkeys/options");
  return client.post("/me/passkeys", { name: "Laptop", credential: authenticator.create(options, lies) });
}

/** Somebody with a passkey, in a session that made it. */
async function withPasskey(options = {}) {
  const client = newClient();
  const person = await client.join();
  const authenticator = newAuthenticator(options);
  const added = await addTo(client, authenticator);
  expect(added.status, added.text).toBe(201);
  const recoveryCodes = z.array(z.string()).parse(added.body["recovery_codes"]);
  return { client, ...person, authenticator, id: String(added.body["id"]), recoveryCodes };
}

async function signIn(authenticator: SoftwareAuthenticator, lies = {}, client = newClient()) {
  const credential = authenticator.get(await optionsOf(client), lies);
  return { client, answer: await client.post("/auth/passkey/sign-in", { credential }) };
}

describe("a passkey", () => {
  test("signs in by itself as both factors: the session is whole, and fresh", async () => {
    const { authenticator, userId } = await withPasskey();
    const { client, answer } = await signIn(authenticator);
    expect([answer.status, answer.body]).toEqual([200, { user_id: userId }]);
    expect(answer.headers.getSetCookie().join()).toMatch(
      /^__Host-prismatic=(?=.*Path=\/)(?=.*HttpOnly)(?=.*Secure)(?=.*SameSite=Lax)(?!.*Domain)/,
    );
    expect((await client.get("/auth/session")).body).toMatchObject({
      user: { has_factor: true, factors: ["passkey"] },
      factor_required: false,
      is_fresh: true,
    });
    expect((await client.get("/me/passkeys")).body).toMatchObject({
      data: [{ name: "Laptop", is_synced: true, used_at: expect.any(String) }],
    });
  });

  test("that does not count signs in as often as it is asked", async () => {
    const { authenticator } = await withPasskey({ counts: false });
    for (let round = 0; round < 2; round += 1) expect((await signIn(authenticator)).answer.status).toBe(200);
  });

  test("S9: ends other sessions and is mailed when it is added, and when it is removed", async () => {
    const client = newClient();
    const { email, password } = await client.join();
    const other = newClient();
    await other.post("/auth/sign-in", { email, password });
    const authenticator = newAuthenticator();
    const { body } = await addTo(client, authenticator);
    expect((await other.get("/auth/session")).body).toMatchObject({ code: "session_required" });
    expect((await client.get("/me")).status).toBe(200);
    await world.stack.mailbox.waitFor((one) => one.to.includes(email) && (one.subject ?? "").includes("passkey added"));
    const { client: second } = await signIn(authenticator);
    expect((await client.remove(`/me/passkeys/${String(body["id"])}`)).status).toBe(204);
    expect((await second.get("/me")).body).toMatchObject({ code: "session_required" });
    await world.stack.mailbox.waitFor(
      (one) => one.to.includes(email) && (one.subject ?? "").includes("passkey removed"),
    );
    expect((await signIn(authenticator)).answer.body).toMatchObject({ code: "passkey_refused" });
    const log = await client.list("/me/security-events", z.looseObject({ kind: z.string() }));
    expect(log.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["passkey_added", "passkey_removed"]));
    // The recovery codes stood in for it alone.
    expect((await client.get("/auth/session")).body).toMatchObject({ user: { has_factor: false } });
  });

  test("is renamed by its owner alone", async () => {
    const { client, id } = await withPasskey();
    const { client: stranger } = await withPasskey();
    expect((await stranger.patch(`/me/passkeys/${id}`, { name: "Mine" })).body).toMatchObject({ code: "not_found" });
    expect((await stranger.remove(`/me/passkeys/${id}`)).body).toMatchObject({ code: "not_found" });
    expect((await client.patch(`/me/passkeys/${id}`, { name: "Phone" })).body).toMatchObject({ id, name: "Phone" });
  });

  test("is a second factor: who signs in with the password finishes with it, or with a recovery code", async () => {
    const { email, password, authenticator, recoveryCodes } = await withPasskey();
    const half = newClient();
    expect((await half.post("/auth/sign-in", { email, password })).body).toMatchObject({ factor_required: true });
    expect((await half.get("/me")).body).toMatchObject({ code: "factor_required" });
    const passkey = authenticator.get(await optionsOf(half));
    expect((await half.post("/auth/factor", { passkey })).status).toBe(200);
    expect((await half.get("/me")).status).toBe(200);
    // And no other person's does.
    const { authenticator: foreign } = await withPasskey();
    const again = newClient();
    await again.post("/auth/sign-in", { email, password });
    const stolen = foreign.get(await optionsOf(again));
    expect((await again.post("/auth/factor", { passkey: stolen })).body).toMatchObject({ code: "passkey_refused" });
    expect((await again.post("/auth/factor", { recovery_code: recoveryCodes[0] })).status).toBe(200);
  });

  test("proves again who somebody is, in place of the password", async () => {
    const { client, authenticator, userId } = await withPasskey();
    const past = "now() - interval '1 hour'";
    await world.sql(`update user_session set proved_at = ${past}, factor_at = ${past} where user_id = $1`, [userId]);
    expect((await client.post("/me/passkeys/options")).body).toMatchObject({ code: "fresh_session_required" });
    const { authenticator: foreign } = await withPasskey();
    const stolen = { passkey: foreign.get(await optionsOf(client)) };
    expect((await client.post("/auth/prove", stolen)).body).toMatchObject({ code: "passkey_refused" });
    expect((await client.post("/auth/prove", { passkey: authenticator.get(await optionsOf(client)) })).status).toBe(
      200,
    );
    expect((await client.post("/me/passkeys/options")).status).toBe(200);
  });

  test("added beside an authenticator app gives no new codes, and outlives it", async () => {
    const client = newClient();
    await client.join();
    const begun = await client.post("/me/factor");
    await client.post("/me/factor/confirm", { code: codeOf(begun.body["secret"]) });
    const authenticator = newAuthenticator();
    expect((await addTo(client, authenticator)).body).toMatchObject({ recovery_codes: null });
    expect((await client.remove("/me/factor")).status).toBe(204);
    expect((await signIn(authenticator)).answer.status).toBe(200);
  });

  test.each([
    ["suspended", "account_suspended"],
    ["closing", "account_closing"],
  ])("of an account that is %s is refused", async (status, code) => {
    const { authenticator, userId } = await withPasskey();
    await world.sql(
      "update account_user set status = $2, closes_at = case when $2 = 'closing' then now() end where id = $1",
      [userId, status],
    );
    const { client, answer } = await signIn(authenticator);
    expect([answer.status, answer.body["code"]]).toEqual([403, code]);
    expect(client.cookie).toBeNull();
  });
});

describe("S8: what a passkey signed", () => {
  test("works once: of twenty tries at once, one signs in", async () => {
    const { authenticator } = await withPasskey({ counts: false });
    const credential = authenticator.get(await optionsOf(newClient()));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => newClient().post("/auth/passkey/sign-in", { credential })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body["code"] === "passkey_refused")).toHaveLength(19);
  });

  test("works for five minutes", async () => {
    const { authenticator } = await withPasskey();
    const client = newClient();
    const options = await optionsOf(client);
    await world.sql("update user_verification set expires_at = now() - interval '1 second' where value = 'anybody'");
    const answer = await client.post("/auth/passkey/sign-in", { credential: authenticator.get(options) });
    expect(answer.body).toMatchObject({ code: "passkey_refused" });
  });

  test("to add one is bound to the session that asked, and works once", async () => {
    const [client, other] = [newClient(), newClient()];
    await client.join();
    await other.join();
    const authenticator = newAuthenticator();
    const body = {
      name: "Laptop",
      credential: authenticator.create(await optionsOf(client, "/me/passkeys/options")),
    };
    expect((await other.post("/me/passkeys", body)).body).toMatchObject({ code: "passkey_refused" });
    expect((await client.post("/me/passkeys", body)).status).toBe(201);
    expect((await client.post("/me/passkeys", body)).body).toMatchObject({ code: "passkey_refused" });
  });

  test("to add one does not sign in, nor the other way round", async () => {
    const { client, authenticator } = await withPasskey();
    const adding = await optionsOf(client, "/me/passkeys/options");
    const { body } = await newClient().post("/auth/passkey/sign-in", {
      credential: authenticator.get({ ...Object(adding), rpId: new URL(world.stack.siteUrl).hostname }),
    });
    expect(body).toMatchObject({ code: "passkey_refused" });
  });
});

const LIES: [string, Lies][] = [
  ["another site's page", { origin: "https://prismaticapi.com.evil.example" }],
  ["another port of the host", { origin: "http://127.0.0.1:1" }],
  ["another site's passkey", { rpId: "evil.example" }],
  ["a challenge that was never given out", { challenge: "A".repeat(43) }],
  ["a signature for something else", { type: "payment.get" }],
  ["no question who its owner is", { withoutVerification: true }],
];

describe("a sign-in is refused", () => {
  test.each<[string, Lies]>([
    ...LIES,
    ["another person's handle", { userHandle: "dXNyX3NvbWVib2R5" }],
    ["a counter that went back: a copy", { counter: 1 }],
  ])("with %s", async (_, lies) => {
    const { authenticator } = await withPasskey();
    const { client, answer } = await signIn(authenticator, lies);
    expect([answer.status, answer.body["code"], client.cookie]).toEqual([400, "passkey_refused", null]);
    // The passkey itself is as good as before.
    expect((await signIn(authenticator)).answer.status).toBe(200);
  });

  test.each(["signature", "authenticatorData", "clientDataJSON"])("with a tampered %s", async (part) => {
    const { authenticator } = await withPasskey();
    const client = newClient();
    const credential = authenticator.get(await optionsOf(client));
    const response: Record<string, unknown> = { ...Object(credential["response"]) };
    const bytes = Buffer.from(String(response[part]), "base64url");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const tampered = { ...credential, response: { ...response, [part]: bytes.toString("base64url") } };
    const answer = await client.post("/auth/passkey/sign-in", { credential: tampered });
    expect([answer.status, answer.body["code"], client.cookie]).toEqual([400, "passkey_refused", null]);
  });

  test("with a passkey of nobody here, and with another's name on one's own signature", async () => {
    const unknown = newAuthenticator();
    expect((await signIn(unknown)).answer.body).toMatchObject({ code: "passkey_refused" });
    const [{ authenticator: mine }, { authenticator: theirs }] = [await withPasskey(), await withPasskey()];
    const client = newClient();
    const credential = mine.get(await optionsOf(client));
    const forged = { ...credential, id: theirs.credentialId, rawId: theirs.credentialId };
    expect((await client.post("/auth/passkey/sign-in", { credential: forged })).body).toMatchObject({
      code: "passkey_refused",
    });
  });
});

describe("adding one is refused", () => {
  test.each(LIES)("with %s", async (_, lies) => {
    const client = newClient();
    await client.join();
    const answer = await addTo(client, newAuthenticator(), lies);
    expect([answer.status, answer.body["code"]]).toEqual([400, "passkey_refused"]);
    expect((await client.get("/me/passkeys")).body).toEqual({ data: [] });
  });

  test("for a credential that is registered, whoever's it is", async () => {
    const { authenticator } = await withPasskey();
    const client = newClient();
    await client.join();
    expect((await addTo(client, authenticator)).body).toMatchObject({ code: "already_exists" });
  });

  test("in a session that is not fresh", async () => {
    const client = newClient();
    const { userId } = await client.join();
    await world.sql("update user_session set proved_at = now() - interval '11 minutes' where user_id = $1", [userId]);
    expect((await client.post("/me/passkeys/options")).body).toMatchObject({ code: "fresh_session_required" });
  });
});
