import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  answerDeviceLogin,
  claimDeviceLogin,
  createDeviceLogin,
  createManagementKey,
  findManagementKey,
  pollDeviceLogin,
  revokeManagementKey,
  type Database,
} from "#store";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeOrganization, testId } from "../receipts.ts";

let db: TestDatabase;
let store: Database;
let serial = 0;

const refusedWith = (code: string) => ({ cause: expect.objectContaining({ code }) });
const hash = (): string => String((serial += 1)).padStart(64, "0");
const NOW = new Date("2026-11-30T12:00:00Z");
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);

async function makeMember(
  orgId: string,
  role = "admin",
): Promise<{ readonly memberId: string; readonly userId: string }> {
  const [memberId, userId] = [testId("member"), testId("user")];
  await db.query(
    `insert into account_user (id, name, email, attested_adult_at, policy_version, policy_accepted_at)
     values ($1, 'Ada', $2, now(), '1', now())`,
    [userId, `${userId}@example.test`],
  );
  await db.query("insert into member (id, org_id, user_id, role) values ($1, $2, $3, $4)", [
    memberId,
    orgId,
    userId,
    role,
  ]);
  return { memberId, userId };
}

async function makeKey(orgId: string, createdBy: string, expiresAt: Date | null = null) {
  const keyHash = hash();
  const made = await createManagementKey(store, {
    id: testId("managementKey"),
    orgId,
    name: "Robot",
    prefix: "prism_mgmt_1aaaaa",
    lastFour: "zzzz",
    keyHash,
    pepperVersion: "1",
    permissions: ["keys.read", "keys.create"],
    createdBy,
    expiresAt,
  });
  return { ...made, keyHash };
}

async function startLogin() {
  const login = { id: testId("deviceLogin"), deviceCodeHash: hash(), userCodeHash: hash() };
  await createDeviceLogin(store, {
    ...login,
    clientName: "Laptop",
    permissions: ["keys.read", "keys.create"],
    ipAddress: null,
    intervalSeconds: 5,
    expiresAt: later(600),
  });
  return login;
}

const newKey = () => ({
  id: testId("managementKey"),
  prefix: "prism_mgmt_1aaaaa",
  lastFour: "zzzz",
  keyHash: hash(),
  pepperVersion: "1",
  expiresAt: later(86_400),
});

const actionsOn = async (targetId: string): Promise<string[]> => {
  const rows = await db.query<{ action: string }>("select action from audit_entry where target_id = $1 order by seq", [
    targetId,
  ]);
  return rows.map(({ action }) => action);
};

/** Management keys and device logins as the database guards them, the same on PGlite and on real Postgres. */
export function registerMachinesSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
    store = await db.asConsole();
  }, databaseStartMs);
  afterAll(() => db.close());
  describe("a management key", registerManagementKeys);
  describe("a device login", registerDeviceLogins);
}

function registerManagementKeys(): void {
  test("is found by its hash, until it is revoked, has ended or its maker has left (S5)", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { memberId, userId } = await makeMember(orgId);
    const [revoked, ended, left] = [
      await makeKey(orgId, memberId),
      await makeKey(orgId, memberId, later(60)),
      await makeKey(orgId, memberId),
    ];
    const find = (keyHash: string, now = NOW) => findManagementKey(store, keyHash, now);
    expect(await find(revoked.keyHash)).toMatchObject({ id: revoked.id, orgId, memberId, role: "admin" });
    expect(await revokeManagementKey(store, orgId, revoked.id)).toBe(true);
    expect(await revokeManagementKey(store, orgId, revoked.id)).toBe(false);
    expect(await find(revoked.keyHash)).toBeNull();
    expect(await find(ended.keyHash, later(59))).not.toBeNull();
    expect(await find(ended.keyHash, later(60))).toBeNull();
    await db.query("update account_user set status = 'suspended' where id = $1", [userId]);
    expect(await find(left.keyHash)).toBeNull();
    await db.query("update account_user set status = 'active' where id = $1", [userId]);
    expect(await find(left.keyHash)).not.toBeNull();
    await db.query("update member set left_at = now() where id = $1", [memberId]);
    expect(await find(left.keyHash)).toBeNull();
    expect(await actionsOn(left.id)).toEqual(["management_key.created", "management_key.revoked"]);
  });

  test("is revoked by its own organization alone (S20)", async () => {
    const [ours, theirs] = [await makeOrganization(db), await makeOrganization(db)];
    const key = await makeKey(ours.id, (await makeMember(ours.id)).memberId);
    expect(await revokeManagementKey(store, theirs.id, key.id)).toBe(false);
    expect(await findManagementKey(store, key.keyHash, NOW)).not.toBeNull();
  });

  test("of a member of another organization is none", async () => {
    const [ours, theirs] = [await makeOrganization(db), await makeOrganization(db)];
    const key = await makeKey(ours.id, (await makeMember(theirs.id)).memberId);
    expect(await findManagementKey(store, key.keyHash, NOW)).toBeNull();
  });

  test.each([
    ["revives", "revoked_at = null"],
    ["is revoked at another time", "revoked_at = now() + interval '1 hour'"],
    ["gets more permissions", "permissions = array['audit.read']"],
    ["moves to another maker", "created_by = 'mem_1'"],
    ["lives longer", "expires_at = now() + interval '1 year'"],
  ])("never %s, not even by the database's owner", async (_, assignment) => {
    const { id: orgId } = await makeOrganization(db);
    const key = await makeKey(orgId, (await makeMember(orgId)).memberId);
    await revokeManagementKey(store, orgId, key.id);
    await expect(db.query(`update management_key set ${assignment} where id = $1`, [key.id])).rejects.toMatchObject({
      code: "PR009",
    });
  });

  test("tells the log its permissions and neither its name nor its hash; its last use is no entry", async () => {
    const { id: orgId } = await makeOrganization(db);
    const key = await makeKey(orgId, (await makeMember(orgId)).memberId);
    await db.query("update management_key set last_used_at = now() where id = $1", [key.id], "console_app");
    const entries = await db.query<{ details: unknown }>("select details from audit_entry where target_id = $1", [
      key.id,
    ]);
    expect(entries).toHaveLength(1);
    expect(JSON.stringify(entries)).toContain("keys.create");
    for (const hidden of ["Robot", key.keyHash]) expect(JSON.stringify(entries)).not.toContain(hidden);
  });

  test.each(["key_hash", "pepper_version"])("readers do not see its %s", async (column) => {
    await expect(db.query(`select ${column} from management_key`, [], "readonly_app")).rejects.toMatchObject({
      code: "42501",
    });
  });
}

function registerDeviceLogins(): void {
  test("is answered once, and its key is made once", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { memberId, userId } = await makeMember(orgId);
    const login = await startLogin();
    expect(await claimDeviceLogin(store, login.id, newKey(), NOW)).toBeNull();
    const approve = { status: "approved", orgId, memberId, permissions: ["keys.read"] } as const;
    expect(await answerDeviceLogin(store, login.id, approve, NOW)).toBe(true);
    expect(await answerDeviceLogin(store, login.id, { status: "denied" }, NOW)).toBe(false);
    expect(await pollDeviceLogin(store, login.deviceCodeHash, NOW)).toMatchObject({ status: "approved", userId });
    const key = newKey();
    expect(await claimDeviceLogin(store, login.id, key, NOW)).toEqual({
      orgId,
      name: "Laptop",
      permissions: ["keys.read"],
    });
    expect(await claimDeviceLogin(store, login.id, newKey(), NOW)).toBeNull();
    expect(await pollDeviceLogin(store, login.deviceCodeHash, NOW)).toBeNull();
    expect(await findManagementKey(store, key.keyHash, NOW)).toMatchObject({ memberId, permissions: ["keys.read"] });
    expect(await actionsOn(login.id)).toEqual(["device_login.approved", "device_login.used"]);
  });

  test("gets no more than it asked for", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { memberId } = await makeMember(orgId);
    const login = await startLogin();
    const more = { status: "approved", orgId, memberId, permissions: ["keys.read", "audit.read"] } as const;
    await expect(answerDeviceLogin(store, login.id, more, NOW)).rejects.toMatchObject(refusedWith("PR009"));
  });

  test("is neither answered nor claimed when it has ended, nor when who let it in has left", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { memberId } = await makeMember(orgId);
    const approve = { status: "approved", orgId, memberId, permissions: ["keys.read"] } as const;
    const [late, left] = [await startLogin(), await startLogin()];
    expect(await answerDeviceLogin(store, late.id, approve, later(600))).toBe(false);
    for (const login of [late, left]) expect(await answerDeviceLogin(store, login.id, approve, NOW)).toBe(true);
    expect(await claimDeviceLogin(store, late.id, newKey(), later(600))).toBeNull();
    await db.query("update member set left_at = now() where id = $1", [memberId]);
    expect(await claimDeviceLogin(store, left.id, newKey(), NOW)).toBeNull();
  });

  test("that is asked too soon has to wait longer each time, up to a bound", async () => {
    const { deviceCodeHash } = await startLogin();
    const ask = (seconds: number) => pollDeviceLogin(store, deviceCodeHash, later(seconds));
    expect(await ask(0)).toMatchObject({ isTooSoon: false, intervalSeconds: 5 });
    expect(await ask(4)).toMatchObject({ isTooSoon: true, intervalSeconds: 10 });
    expect(await ask(13)).toMatchObject({ isTooSoon: true, intervalSeconds: 15 });
    expect(await ask(28)).toMatchObject({ isTooSoon: false, intervalSeconds: 15 });
    for (let time = 0; time < 70; time += 1) await ask(29);
    expect(await ask(29)).toMatchObject({ isTooSoon: true, intervalSeconds: 300 });
  });

  test("that nobody has answered fills no log, however often it asks", async () => {
    const login = await startLogin();
    await pollDeviceLogin(store, login.deviceCodeHash, NOW);
    await pollDeviceLogin(store, login.deviceCodeHash, NOW);
    expect(await actionsOn(login.id)).toEqual([]);
  });
}
