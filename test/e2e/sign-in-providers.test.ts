import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { LIES } from "../../dev/sign-in-providers/person.ts";
import { codeOf, ConsoleClient } from "./support/console-client.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld({});
});
afterAll(() => world.stop());

const PROVIDERS = ["google", "github"] as const;
type Provider = (typeof PROVIDERS)[number];
const newClient = (): ConsoleClient => new ConsoleClient(world.stack);
const TERMS = { adult: true, policy_version: "1", locale: "de", time_zone: "Europe/Berlin" };
const FAILED = expect.objectContaining({ code: "provider_sign_in_failed" });

interface Person {
  readonly account: string;
  readonly email: string;
  readonly name?: string;
  readonly verified?: "true" | "false";
  readonly lie?: string;
}

let accounts = 1_000;
const newPerson = (): Person => {
  accounts += 1;
  return { account: String(accounts), email: `elsewhere-${accounts}@example.com`, name: "Grace Hopper" };
};

/** What a person's browser does at the provider; answers what its redirect brings back to our page. */
async function signInAt(url: unknown, person: Person) {
  const asked = new URL(String(url));
  expect((await fetch(asked)).status).toBe(200);
  const answer = await fetch(`${asked.origin}/decide${asked.search}`, {
    method: "POST",
    body: new URLSearchParams({ ...person }),
    redirect: "manual",
  });
  const back = new URL(answer.headers.get("location") ?? "");
  expect(back.href).toMatch(`${world.stack.siteUrl}/sign-in/`);
  const { code, state, iss } = z
    .object({ code: z.string(), state: z.string(), iss: z.string() })
    .parse(Object.fromEntries(back.searchParams));
  return { code, state, iss };
}

/** A whole sign-in in one browser, as far as the body that finishes it. */
async function comeBack(client: ConsoleClient, provider: Provider, person: Person, terms: unknown = TERMS) {
  const begun = await client.post("/auth/providers/begin", { provider, ...(terms === null ? {} : { sign_up: terms }) });
  expect(begun.status, begun.text).toBe(200);
  return { provider, ...(await signInAt(begun.body["url"], person)) };
}

async function signIn(client: ConsoleClient, provider: Provider, person: Person, terms: unknown = TERMS) {
  return client.post("/auth/providers/finish", await comeBack(client, provider, person, terms));
}

async function link(client: ConsoleClient, provider: Provider, person: Person) {
  const begun = await client.post("/me/logins/begin", { provider });
  expect(begun.status, begun.text).toBe(200);
  return client.post("/me/logins", { provider, ...(await signInAt(begun.body["url"], person)) });
}

const peopleWith = (email: string) => world.sql("select id from account_user where email = $1", [email]);

describe.each(PROVIDERS)("with %s", (provider) => {
  test("somebody new gets an account, with what they said of themselves and a confirmed address", async () => {
    const [client, person] = [newClient(), newPerson()];
    const answer = await signIn(client, provider, person);
    expect([answer.status, answer.body]).toMatchObject([200, { factor_required: false, is_new: true }]);
    expect((await client.get("/me")).body).toMatchObject({
      id: answer.body["user_id"],
      email: person.email,
      email_verified: true,
      name: "Grace Hopper",
      locale: "de",
      time_zone: "Europe/Berlin",
    });
    expect((await client.get("/me/logins")).body).toMatchObject({ data: [{ provider }] });
    const [row] = await world.sql<{ attested: boolean; password: string | null }>(
      `select attested_adult_at is not null as attested, password from account_user u
       join user_login l on l.user_id = u.id where u.email = $1`,
      [person.email],
    );
    expect(row).toEqual({ attested: true, password: null });
    // And the next time the same one, whatever their address is by then.
    const again = newClient();
    const second = await signIn(again, provider, { ...person, email: `moved-${person.email}` }, null);
    expect(second.body).toEqual({ user_id: answer.body["user_id"], factor_required: false, is_new: false });
    expect((await again.get("/me")).body).toMatchObject({ email: person.email });
  });

  test("nobody gets one without saying that they are of age, or with an address that is not confirmed", async () => {
    const person = newPerson();
    expect((await signIn(newClient(), provider, person, null)).body).toMatchObject({ code: "login_unknown" });
    const minor = { provider, sign_up: { ...TERMS, adult: false } };
    expect((await newClient().post("/auth/providers/begin", minor)).body).toMatchObject({ code: "invalid_parameter" });
    const client = newClient();
    const unconfirmed = await signIn(client, provider, { ...person, verified: "false" });
    expect(unconfirmed.body).toMatchObject({ code: "not_possible" });
    expect([client.cookie, await peopleWith(person.email)]).toEqual([null, []]);
  });

  test("an account with the same address is not signed in to, nor linked", async () => {
    const owner = newClient();
    const { email, password } = await owner.join();
    const intruder = newClient();
    const answer = await signIn(intruder, provider, { ...newPerson(), email });
    expect([answer.status, answer.body["code"], intruder.cookie]).toEqual([409, "account_exists", null]);
    expect((await owner.get("/me/logins")).body).toEqual({ data: [] });
    expect((await newClient().post("/auth/sign-in", { email, password })).status).toBe(200);
  });

  test("is added by who is signed in freshly, signs them in then, and is mailed", async () => {
    const [client, person] = [newClient(), newPerson()];
    const { email, userId } = await client.join();
    expect((await link(client, provider, person)).status).toBe(201);
    await world.stack.mailbox.waitFor((one) => one.to.includes(email) && (one.subject ?? "").includes("added"));
    expect((await signIn(newClient(), provider, person, null)).body).toMatchObject({ user_id: userId });
    // It is one account's alone, and one of each provider is enough.
    const other = newClient();
    await other.join();
    expect((await link(other, provider, person)).body).toMatchObject({ code: "already_exists" });
    expect((await link(client, provider, newPerson())).body).toMatchObject({ code: "already_exists" });
    await world.sql("update user_session set proved_at = now() - interval '11 minutes' where user_id = $1", [userId]);
    expect((await client.post("/me/logins/begin", { provider })).body).toMatchObject({
      code: "fresh_session_required",
    });
  });

  test("signs in as a password does: the second factor is still missing", async () => {
    const [client, person] = [newClient(), newPerson()];
    await client.join();
    await link(client, provider, person);
    const begun = await client.post("/me/factor");
    await client.post("/me/factor/confirm", { code: codeOf(begun.body["secret"]) });
    const half = newClient();
    expect((await signIn(half, provider, person, null)).body).toMatchObject({ factor_required: true });
    expect((await half.get("/me")).body).toMatchObject({ code: "factor_required" });
    expect((await half.post("/auth/factor", { code: codeOf(begun.body["secret"], 1) })).status).toBe(200);
  });

  test.each([
    ["suspended", "account_suspended"],
    ["closing", "account_closing"],
  ])("nobody is signed in whose account is %s", async (status, code) => {
    const [client, person] = [newClient(), newPerson()];
    const { body } = await signIn(client, provider, person);
    await world.sql(
      "update account_user set status = $2, closes_at = case when $2 = 'closing' then now() end where id = $1",
      [body["user_id"], status],
    );
    const again = newClient();
    expect([(await signIn(again, provider, person)).body["code"], again.cookie]).toEqual([code, null]);
  });

  test("what came back works once: of twenty tries at once, one signs in", async () => {
    const client = newClient();
    const body = await comeBack(client, provider, newPerson());
    const cookie = client.cookie ?? "";
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => newClient().post("/auth/providers/finish", body, { cookie })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body: { code } }) => code === "provider_sign_in_failed")).toHaveLength(19);
  });

  test("what came back to another browser, changed, or too late signs nobody in", async () => {
    const person = newPerson();
    const other = newClient();
    await comeBack(other, provider, person);
    for (const [change, client] of [
      [{}, other],
      [{}, newClient()],
      [{ state: "A".repeat(43) }, null],
      [{ code: "another" }, null],
      [{ iss: "https://evil.example" }, null],
      [{ provider: provider === "google" ? "github" : "google" }, null],
    ] as const) {
      const own = newClient();
      const body = await comeBack(own, provider, person);
      expect((await (client ?? own).post("/auth/providers/finish", { ...body, ...change })).body).toEqual(FAILED);
    }
    const late = newClient();
    const body = await comeBack(late, provider, person);
    await world.sql("update user_verification set expires_at = now() - interval '1 second'");
    expect((await late.post("/auth/providers/finish", body)).body).toEqual(FAILED);
    expect(await peopleWith(person.email)).toEqual([]);
  });

  test("a sign-in is not how one is added, nor the other way round, nor in another's session", async () => {
    const [client, victim] = [newClient(), newClient()];
    await client.join();
    const { userId } = await victim.join();
    const person = newPerson();
    const begun = await client.post("/me/logins/begin", { provider });
    const body = { provider, ...(await signInAt(begun.body["url"], person)) };
    expect((await victim.post("/me/logins", body)).body).toEqual(FAILED);
    expect((await client.post("/auth/providers/finish", body)).body).toEqual(FAILED);
    const signing = await comeBack(client, provider, person);
    expect((await client.post("/me/logins", signing)).body).toEqual(FAILED);
    expect(await world.sql("select 1 from user_login where account_id = $1", [person.account])).toEqual([]);
    expect(await world.sql("select 1 from user_login where user_id = $1", [userId])).toHaveLength(1);
  });

  const lies = LIES.filter((lie) => lie !== "none").filter(
    // GitHub sends no ID token that these could be of.
    (lie) => provider === "google" || ["token_error", "unreachable"].includes(lie),
  );
  test.each(lies)("nobody is signed in by an answer with a wrong or missing %s", async (lie) => {
    const [client, person] = [newClient(), newPerson()];
    const answer = await signIn(client, provider, { ...person, lie });
    expect([answer.status, answer.body, client.cookie]).toEqual([400, FAILED, null]);
    expect(await peopleWith(person.email)).toEqual([]);
  });
});

describe("an account elsewhere", () => {
  test("is removed, but for the last way to sign in; other sessions end", async () => {
    const [client, person] = [newClient(), newPerson()];
    await signIn(client, "google", person);
    const [login] = await client.list("/me/logins", z.looseObject({ id: z.string() }));
    const path = `/me/logins/${login?.id ?? ""}`;
    expect((await client.remove(path)).body).toMatchObject({ code: "not_possible" });
    expect((await link(client, "github", newPerson())).status).toBe(201);
    const other = newClient();
    await signIn(other, "google", person);
    expect((await newClient().remove(path)).body).toMatchObject({ code: "session_required" });
    expect((await client.remove(path)).status).toBe(204);
    expect((await other.get("/me")).body).toMatchObject({ code: "session_required" });
    expect((await signIn(newClient(), "google", person, null)).body).toMatchObject({ code: "login_unknown" });
    expect((await client.remove(path)).body).toMatchObject({ code: "not_found" });
  });

  test("leaves room for a password, by the mailbox", async () => {
    const [client, person] = [newClient(), newPerson()];
    await signIn(client, "google", person);
    await client.post("/auth/password/forgot", { email: person.email });
    const reset = { token: await client.mailedToken(person.email, "reset"), password: "a long enough password" };
    expect((await client.post("/auth/password/reset", reset)).status).toBe(200);
    const { password } = reset;
    expect((await newClient().post("/auth/sign-in", { email: person.email, password })).status).toBe(200);
  });

  test("leaves no token of the provider anywhere", async () => {
    const person = newPerson();
    await signIn(newClient(), "google", person);
    const rows = await world.sql("select * from user_login where account_id = $1", [person.account]);
    expect(Object.keys(rows[0] ?? {}).toSorted()).toEqual(
      ["account_id", "created_at", "id", "password", "provider_id", "updated_at", "user_id"].toSorted(),
    );
  });
});

test("where nothing is configured nobody is sent anywhere, and the API says so", async () => {
  expect((await newClient().get("/auth/providers")).body).toEqual({
    data: [{ provider: "google" }, { provider: "github" }],
  });
  const without = await startWorld({ consoleEnv: { GITHUB_CLIENT_ID: "", GITHUB_CLIENT_SECRET: "" } });
  try {
    const client = new ConsoleClient(without.stack);
    expect((await client.get("/auth/providers")).body).toEqual({ data: [{ provider: "google" }] });
    expect((await client.post("/auth/providers/begin", { provider: "github" })).body).toMatchObject({
      code: "sign_in_not_offered",
    });
    expect(client.cookie).toBeNull();
  } finally {
    await without.stop();
  }
});
