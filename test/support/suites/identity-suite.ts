import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeOrganization, testId } from "../receipts.ts";

let db: TestDatabase;

const refusedWith = (code: string) => expect.objectContaining({ code });
const TOKEN_LENGTH = 43;
let serial = 0;

/** Different for each, and of the length of a SHA-256 in base64url. */
function token(): string {
  serial += 1;
  return String(serial).padStart(TOKEN_LENGTH, "A");
}

async function makeUser(extra: Record<string, unknown> = {}): Promise<string> {
  const id = testId("user");
  await insert("account_user", {
    id,
    name: "Ada Lovelace",
    email: `${id}@example.test`,
    attested_adult_at: new Date(),
    policy_version: "1",
    policy_accepted_at: new Date(),
    ...extra,
  });
  return id;
}

async function makeMember(orgId: string, userId: string, role = "developer"): Promise<string> {
  const id = testId("member");
  await insert("member", { id, org_id: orgId, user_id: userId, role });
  return id;
}

async function makeKey(orgId: string, memberId: string): Promise<string> {
  const id = testId("apiKey");
  await insert("api_key", {
    id,
    org_id: orgId,
    name: "Key of a person",
    prefix: "prism_live_g1AAAA",
    last_four: "zzzz",
    key_hash: token().toLowerCase().padStart(64, "0").slice(0, 64),
    pepper_version: "1",
    mode: "live",
    scopes: ["inference"],
    member_id: memberId,
  });
  return id;
}

async function insert(table: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const names = Object.keys(values);
  const places = names.map((_, index) => `$${index + 1}`).join(", ");
  await db.query(`insert into ${table} (${names.join(", ")}) values (${places})`, Object.values(values), "console_app");
}

interface Entry {
  readonly org_id: string | null;
  readonly actor_kind: string;
  readonly actor_id: string | null;
  readonly action: string;
  readonly target_id: string;
  readonly details: { readonly changed?: readonly string[]; readonly values?: Record<string, unknown> };
  readonly request_id: string | null;
}

function entriesOf(targetId: string): Promise<Entry[]> {
  return db.query<Entry>(
    `select org_id, actor_kind, actor_id, action, target_id, details, request_id
     from audit_entry where target_id = $1 order by seq`,
    [targetId],
  );
}

/** People, memberships and the audit log that triggers write, the same on PGlite and on real Postgres. */
export function registerIdentitySuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });
  describe("the audit log", registerAudit);
  describe("membership", registerMembership);
  describe("a person's account", registerAccount);
}

function registerAudit(): void {
  test("says who, what and from where, in the transaction of the change", async () => {
    const { id } = await makeOrganization(db);
    await db.transaction([
      "select set_config('prismatic.actor', 'user:usr_1', true), set_config('prismatic.request', 'req_1', true)",
      "select set_config('prismatic.ip', '203.0.113.7', true), set_config('prismatic.agent', 'Browser/1', true)",
      `update organization set strict = true where id = '${id}'`,
    ]);
    const entry = (await entriesOf(id)).at(-1);
    expect(entry).toEqual({
      org_id: id,
      actor_kind: "user",
      actor_id: "usr_1",
      action: "organization.updated",
      target_id: id,
      details: { changed: ["strict"], values: { strict: [false, true] } },
      request_id: "req_1",
    });
    const origins = await db.query(
      `select ip_address, user_agent from audit_origin join audit_entry on id = entry_id where target_id = $1`,
      [id],
    );
    expect(origins).toEqual([{ ip_address: "203.0.113.7", user_agent: "Browser/1" }]);
  });

  test("is the system's where nobody acts, and nobody's beyond one transaction", async () => {
    const { id } = await makeOrganization(db);
    await db.transaction(["select set_config('prismatic.actor', 'user:usr_1', true)"]);
    await db.query("update organization set status = 'suspended' where id = $1", [id]);
    const entries = await entriesOf(id);
    expect(entries.map(({ actor_kind, actor_id, action }) => [actor_kind, actor_id, action])).toEqual([
      ["system", null, "organization.created"],
      ["system", null, "organization.suspended"],
    ]);
  });

  test("holds no name, no address and no hash", async () => {
    const userId = await makeUser({ name: "Very Personal" });
    await db.query("update account_user set name = 'Other Name', email = $2 where id = $1", [
      userId,
      `new-${userId}@example.test`,
    ]);
    await insert("user_login", {
      id: testId("login"),
      user_id: userId,
      provider_id: "credential",
      account_id: userId,
      password: `s1:1:${"A".repeat(22)}:${"B".repeat(43)}`,
    });
    const entries = await entriesOf(userId);
    expect(entries.map(({ action }) => action)).toEqual(["user.created", "user.updated", "login.created"]);
    expect(entries[1]?.details.changed).toEqual(["email", "name"]);
    expect(JSON.stringify(entries)).not.toMatch(/Personal|Other Name|example\.test|BBBB/);
  });

  test("says nothing of a write that changes nothing", async () => {
    const { id } = await makeOrganization(db);
    await db.query("update organization set strict = strict where id = $1", [id], "console_app");
    expect(await entriesOf(id)).toHaveLength(1);
  });

  test("goes with a change that is rolled back", async () => {
    const { id } = await makeOrganization(db);
    await expect(
      db.transaction([`update organization set strict = true where id = '${id}'`, "select 1 / 0"]),
    ).rejects.toThrow();
    expect(await entriesOf(id)).toHaveLength(1);
  });

  test("of very long lists keeps that they changed", async () => {
    const { id } = await makeOrganization(db);
    const long = Array.from({ length: 64 }, (_, index) => `provider-with-a-long-name-${"x".repeat(60)}-${index}`);
    await db.query("update organization set providers_ignore = $2 where id = $1", [id, long], "console_app");
    expect((await entriesOf(id)).at(-1)?.details).toEqual({ changed: ["providers_ignore"] });
  });

  test.each([
    "update audit_entry set action = 'key.created'",
    "delete from audit_entry",
    "truncate audit_entry cascade",
    "update audit_seal set mac = mac",
    "delete from audit_seal",
  ])("is written once, whoever asks: %s", async (sql) => {
    await expect(db.query(sql)).rejects.toEqual(refusedWith("PR007"));
  });
}

function registerMembership(): void {
  test("S5: who leaves or is removed takes their keys and invitations along", async () => {
    const { id } = await makeOrganization(db);
    const memberId = await makeMember(id, await makeUser());
    const others = await makeKey(id, await makeMember(id, await makeUser()));
    const keyId = await makeKey(id, memberId);
    await insert("invitation", {
      id: testId("invitation"),
      org_id: id,
      email: "someone@example.test",
      role: "viewer",
      token_hash: token(),
      invited_by: memberId,
      expires_at: new Date(Date.now() + 86_400_000),
    });
    await db.query("update member set left_at = now() where id = $1", [memberId], "console_app");
    expect(await db.query("select id, status from api_key where org_id = $1 order by id", [id])).toEqual(
      [
        { id: others, status: "active" },
        { id: keyId, status: "revoked" },
      ].toSorted((left, right) => (left.id < right.id ? -1 : 1)),
    );
    expect(await db.query("select status from invitation where org_id = $1", [id])).toEqual([{ status: "revoked" }]);
    const events = await db.query<{ payload: { key: { status: string } } }>(
      "select payload from control_outbox where org_id = $1 and type = 'key' and payload -> 'key' ->> 'id' = $2 order by seq",
      [id, keyId],
    );
    expect(events.at(-1)?.payload.key.status).toBe("revoked");
    expect((await entriesOf(memberId)).map(({ action }) => action)).toEqual(["member.created", "member.left"]);
  });

  test("S5: who has left gets no key, however late it comes", async () => {
    const { id } = await makeOrganization(db);
    const memberId = await makeMember(id, await makeUser());
    await db.query("update member set left_at = now() where id = $1", [memberId], "console_app");
    await expect(makeKey(id, memberId)).rejects.toEqual(refusedWith("PR010"));
  });

  test("is one per person and organization, with one owner", async () => {
    const { id } = await makeOrganization(db);
    const userId = await makeUser();
    await makeMember(id, userId, "owner");
    await expect(makeMember(id, userId)).rejects.toEqual(refusedWith("23505"));
    await expect(makeMember(id, await makeUser(), "owner")).rejects.toEqual(refusedWith("23505"));
  });

  test("once left is not taken up again, but the person may be invited anew", async () => {
    const { id } = await makeOrganization(db);
    const userId = await makeUser();
    const memberId = await makeMember(id, userId);
    await db.query("update member set left_at = now() where id = $1", [memberId], "console_app");
    await expect(db.query("update member set left_at = null where id = $1", [memberId], "console_app")).rejects.toEqual(
      refusedWith("PR009"),
    );
    await expect(makeMember(id, userId)).resolves.toBeDefined();
  });

  test("is never offered as owner", async () => {
    const { id } = await makeOrganization(db);
    const memberId = await makeMember(id, await makeUser(), "owner");
    const offer = insert("invitation", {
      id: testId("invitation"),
      org_id: id,
      email: "someone@example.test",
      role: "owner",
      token_hash: token(),
      invited_by: memberId,
      expires_at: new Date(),
    });
    await expect(offer).rejects.toEqual(refusedWith("23514"));
  });
}

async function makeSession(userId: string): Promise<void> {
  await insert("user_session", {
    id: testId("session"),
    user_id: userId,
    token: token(),
    expires_at: new Date(Date.now() + 86_400_000),
    proved_at: new Date(),
  });
}

function registerAccount(): void {
  test.each(["closing", "suspended"])("S5: %s ends its sessions", async (status) => {
    const userId = await makeUser();
    await makeSession(userId);
    await db.query(
      "update account_user set status = $2, closes_at = case when $2 = 'closing' then now() end where id = $1",
      [userId, status],
      "console_app",
    );
    expect(await db.query("select id from user_session where user_id = $1", [userId])).toEqual([]);
  });

  test("S5: closing or deleting it leaves every organization and revokes its keys", async () => {
    for (const sql of [
      "update account_user set status = 'closing', closes_at = now() where id = $1",
      "delete from account_user where id = $1",
    ]) {
      const { id } = await makeOrganization(db);
      const userId = await makeUser();
      const keyId = await makeKey(id, await makeMember(id, userId));
      await db.query(sql, [userId]);
      expect(await db.query("select status from api_key where id = $1", [keyId])).toEqual([{ status: "revoked" }]);
      expect(await db.query("select 1 from member where org_id = $1 and left_at is null", [id])).toEqual([]);
    }
  });

  test("is one per address, in lower case", async () => {
    const email = `${testId("user")}@example.test`;
    await makeUser({ email });
    await expect(makeUser({ email })).rejects.toEqual(refusedWith("23505"));
    await expect(makeUser({ email: "Ada@Example.test" })).rejects.toEqual(refusedWith("23514"));
  });
}
