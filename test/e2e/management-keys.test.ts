import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { MACHINE_PERMISSIONS } from "#identity";
import { ConsoleClient, type ApiAnswer } from "./support/console-client.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let owner: ConsoleClient;
let org: string;

beforeAll(async () => {
  world = await startWorld({});
  owner = new ConsoleClient(world.stack);
  await owner.join();
  org = String((await owner.post("/organizations", { name: "Automated" })).body["id"]);
});
afterAll(() => world.stop());

async function makeKey(maker: ConsoleClient, permissions: readonly string[] = MACHINE_PERMISSIONS) {
  const made = await maker.post(`/organizations/${org}/management-keys`, { name: "Robot", permissions });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return { id: String(made.body["id"]), key: String(made.body["key"]) };
}

/** As a program sends it: no cookie, no page. */
async function asProgram(key: string | null, method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  const response = await fetch(`${world.stack.urls.console}/api/v1${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const parsed = z.record(z.string(), z.unknown()).parse(isJson ? JSON.parse(text) : {});
  return { status: response.status, headers: response.headers, body: parsed, text };
}

/** Somebody of a role in the organization. */
async function joinAs(role: string): Promise<{ readonly client: ConsoleClient; readonly memberId: string }> {
  const client = new ConsoleClient(world.stack);
  const { email } = await client.join();
  await owner.post(`/organizations/${org}/invitations`, { email, role });
  const token = await client.mailedToken(email, "invitation");
  const accepted = await client.post("/invitations/accept", { token });
  return { client, memberId: String(accepted.body["member_id"]) };
}

const entry = z.looseObject({
  action: z.string(),
  target_id: z.string().nullable(),
  actor: z.object({ kind: z.string(), id: z.string().nullable() }),
});
const log = () => owner.list(`/organizations/${org}/audit?limit=200`, entry);

describe("a management key", () => {
  test("makes, lists and revokes API keys from no page at all, and the log names it", async () => {
    const robot = await makeKey(owner);
    const path = `/organizations/${org}/keys`;
    const made = await asProgram(robot.key, "POST", path, { name: "By a robot" });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const listed = await asProgram(robot.key, "GET", path);
    expect(JSON.stringify(listed.body)).toContain(String(made.body["id"]));
    expect((await asProgram(robot.key, "POST", `${path}/${String(made.body["id"])}/revoke`)).status).toBe(200);
    const entries = (await log()).filter(({ target_id: target }) => target === made.body["id"]);
    expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
      ["key.revoked", { kind: "management_key", id: robot.id }],
      ["key.created", { kind: "management_key", id: robot.id }],
    ]);
  });

  test("is taken beside cookies of others, which give nobody anything", async () => {
    const robot = await makeKey(owner);
    const headers = { authorization: `Bearer ${robot.key}`, cookie: "__cf_bm=x", origin: "https://elsewhere.example" };
    const response = await fetch(`${world.stack.urls.console}/api/v1/management-key`, { headers });
    expect(response.status).toBe(200);
  });

  test("is shown once: neither lists, log nor database hold it", async () => {
    const robot = await makeKey(owner);
    const listed = await owner.get(`/organizations/${org}/management-keys`);
    expect(JSON.stringify(listed.body)).toContain(robot.id);
    const secret = robot.key.slice(17, -4);
    const rows = await world.sql("select to_jsonb(k) from management_key k");
    for (const text of [JSON.stringify(listed.body), JSON.stringify(await log()), JSON.stringify(rows)])
      expect(text).not.toContain(secret);
    expect(world.logLines.join("\n")).not.toContain(secret);
  });

  test("tells what it is, and when it was used last, to the hour", async () => {
    const robot = await makeKey(owner, ["keys.read", "audit.read"]);
    const own = await asProgram(robot.key, "GET", "/management-key");
    expect(own.body).toMatchObject({
      id: robot.id,
      name: "Robot",
      organization: { id: org, name: "Automated" },
      permissions: ["keys.read", "audit.read"],
      expires_at: null,
    });
    const used = () =>
      world.sql<{ at: string }>("select last_used_at::text as at from management_key where id = $1", [robot.id]);
    const first = await used();
    expect(first[0]?.at).toBeTypeOf("string");
    await asProgram(robot.key, "GET", "/management-key");
    expect(await used()).toEqual(first);
  });

  test("revokes itself, and is refused from then on", async () => {
    const robot = await makeKey(owner);
    expect((await asProgram(robot.key, "DELETE", "/management-key")).status).toBe(204);
    const after = await asProgram(robot.key, "GET", "/management-key");
    expect([after.status, after.body["code"]]).toEqual([401, "invalid_management_key"]);
  });

  test("is no key of the gateway, and a key of the gateway is none here", async () => {
    const robot = await makeKey(owner);
    const refused = await fetch(`${world.url}/credits`, { headers: { authorization: `Bearer ${robot.key}` } });
    expect(refused.status).toBe(401);
    const { key } = await world.organization();
    expect((await asProgram(key, "GET", "/management-key")).body).toMatchObject({ code: "invalid_management_key" });
  });

  test.each([
    ["for members", ["members.read"]],
    ["to hand the organization over", ["organization.transfer"]],
    ["to make more of its kind", ["management_keys.manage"]],
    ["for nothing", []],
  ])("is not made %s", async (_, permissions) => {
    const answer = await owner.post(`/organizations/${org}/management-keys`, { name: "More", permissions });
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_parameter"]);
  });

  test("is made by owners and admins alone", async () => {
    const { client } = await joinAs("developer");
    const answer = await client.post(`/organizations/${org}/management-keys`, {
      name: "Mine",
      permissions: ["keys.read"],
    });
    expect(answer.body).toMatchObject({ code: "permission_denied" });
  });

  test("S5: of a member who is removed is refused, and is revoked in the log", async () => {
    const { client, memberId } = await joinAs("admin");
    const robot = await makeKey(client);
    expect((await asProgram(robot.key, "GET", `/organizations/${org}/keys`)).status).toBe(200);
    expect((await owner.remove(`/organizations/${org}/members/${memberId}`)).status).toBe(204);
    const after = await asProgram(robot.key, "GET", `/organizations/${org}/keys`);
    expect([after.status, after.body["code"]]).toEqual([401, "invalid_management_key"]);
    expect((await log()).map(({ action, target_id: target }) => [action, target])).toContainEqual([
      "management_key.revoked",
      robot.id,
    ]);
  });

  test("S5: of somebody who is suspended is refused while they are", async () => {
    const { client, memberId } = await joinAs("admin");
    const robot = await makeKey(client);
    const suspend = (status: string) =>
      world.sql("update account_user set status = $2 where id = (select user_id from member where id = $1)", [
        memberId,
        status,
      ]);
    await suspend("suspended");
    expect((await asProgram(robot.key, "GET", "/management-key")).status).toBe(401);
    await suspend("active");
    expect((await asProgram(robot.key, "GET", "/management-key")).status).toBe(200);
  });

  test("S5: may no more than whoever made it may now", async () => {
    const { client, memberId } = await joinAs("admin");
    const robot = await makeKey(client);
    await owner.patch(`/organizations/${org}/members/${memberId}`, { role: "viewer" });
    const path = `/organizations/${org}/keys`;
    expect((await asProgram(robot.key, "GET", path)).status).toBe(200);
    expect((await asProgram(robot.key, "POST", path, { name: "More" })).body).toMatchObject({
      code: "key_permission_denied",
    });
    expect((await asProgram(robot.key, "GET", "/management-key")).body["permissions"]).not.toContain("keys.create");
  });

  test("for one's own keys alone neither makes nor changes another's", async () => {
    const robot = await makeKey(owner, ["keys.create_own", "keys.update_own"]);
    const { client, memberId } = await joinAs("developer");
    const path = `/organizations/${org}/keys`;
    const others = await client.post(path, { name: "Another's" });
    const made = await asProgram(robot.key, "POST", path, { name: "For another", member_id: memberId });
    expect([made.status, made.body["param"]]).toEqual([404, "member_id"]);
    const revoked = await asProgram(robot.key, "POST", `${path}/${String(others.body["id"])}/revoke`);
    expect(revoked.body).toMatchObject({ code: "not_found" });
  });
});

describe("a device login", () => {
  const start = async (body: Record<string, unknown> = {}) => {
    const started = await asProgram(null, "POST", "/auth/device", { client_name: "Laptop", ...body });
    expect(started.status, JSON.stringify(started.body)).toBe(201);
    const userCode = String(started.body["user_code"]);
    return { body: started.body, userCode, deviceCode: String(started.body["device_code"]) };
  };
  const poll = (deviceCode: string) => asProgram(null, "POST", "/auth/device/token", { device_code: deviceCode });
  const approve = (client: ConsoleClient, userCode: string, more: Record<string, unknown> = {}) =>
    client.post("/auth/device/approve", { user_code: userCode, organization_id: org, ...more });
  /** As if so many seconds had gone by for it. */
  const age = (column: string, seconds: number) =>
    world.sql(`update device_login set ${column} = ${column} - make_interval(secs => $1)`, [seconds]);

  test("asks, is shown, is let in, and gets its key once", async () => {
    const { body, userCode, deviceCode } = await start({ permissions: ["keys.read", "audit.read"] });
    expect(body).toMatchObject({ verification_uri: `${world.stack.siteUrl}/device`, interval: 5, expires_in: 600 });
    expect(userCode).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    expect((await poll(deviceCode)).body).toMatchObject({ code: "authorization_pending" });
    const typed = userCode.toLowerCase().replace("-", " ");
    expect((await owner.post("/auth/device/show", { user_code: typed })).body).toMatchObject({
      client_name: "Laptop",
      permissions: ["keys.read", "audit.read"],
    });
    expect((await approve(owner, typed)).body).toMatchObject({ permissions: ["keys.read", "audit.read"] });
    expect(JSON.stringify((await owner.get("/me/security-events")).body)).toContain("device_let_in");
    await age("polled_at", 5);
    const answers = await Promise.all([poll(deviceCode), poll(deviceCode)]);
    const made = answers.find(({ status }) => status === 200);
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 400]);
    const key = String(made?.body["key"]);
    expect((await asProgram(key, "GET", `/organizations/${org}/keys`)).status).toBe(200);
    expect((await asProgram(key, "POST", `/organizations/${org}/keys`, { name: "More" })).status).toBe(403);
    await age("polled_at", 60);
    expect((await poll(deviceCode)).body).toMatchObject({ code: "expired_token" });
    expect((await approve(owner, userCode)).body).toMatchObject({ code: "not_found" });
    const rows = await world.sql("select to_jsonb(d) from device_login d");
    for (const secret of [deviceCode, userCode, userCode.replace("-", "")])
      expect(JSON.stringify(rows)).not.toContain(secret);
    const newest = (await log()).find(({ action }) => action === "management_key.created");
    expect(newest).toMatchObject({ target_id: made?.body["id"], actor: { kind: "user" } });
  });

  test("that asks faster than it was told is slowed down", async () => {
    const { deviceCode } = await start();
    expect((await poll(deviceCode)).body).toMatchObject({ code: "authorization_pending" });
    expect((await poll(deviceCode)).body).toMatchObject({ code: "slow_down", detail: expect.stringContaining("10 s") });
    await age("polled_at", 6);
    expect((await poll(deviceCode)).body).toMatchObject({ code: "slow_down" });
    await age("polled_at", 16);
    expect((await poll(deviceCode)).body).toMatchObject({ code: "authorization_pending" });
  });

  test("that is turned down is told so", async () => {
    const { deviceCode, userCode } = await start();
    expect((await owner.post("/auth/device/deny", { user_code: userCode })).status).toBe(204);
    expect((await poll(deviceCode)).body).toMatchObject({ code: "access_denied" });
    expect((await approve(owner, userCode)).body).toMatchObject({ code: "not_found" });
  });

  test("ends after ten minutes, answered or not", async () => {
    const waiting = await start();
    const answered = await start();
    await approve(owner, answered.userCode);
    await age("expires_at", 600);
    expect((await approve(owner, waiting.userCode)).body).toMatchObject({ code: "not_found" });
    for (const { deviceCode } of [waiting, answered])
      expect((await poll(deviceCode)).body).toMatchObject({ code: "expired_token" });
    expect((await poll("no-code-of-ours")).body).toMatchObject({ code: "expired_token" });
  });

  test("gets no more than it asked for, than was left in, and than whoever lets it in may", async () => {
    const { client } = await joinAs("viewer");
    const asked = await start({ permissions: ["keys.read", "keys.create"] });
    expect((await approve(client, asked.userCode, { permissions: ["audit.read", "keys.read"] })).body).toMatchObject({
      permissions: ["keys.read"],
    });
    const greedy = await start({ permissions: ["keys.create"] });
    expect((await approve(client, greedy.userCode)).body).toMatchObject({ code: "not_possible" });
  });

  test("S6: is let into no organization by who is no member of it", async () => {
    const stranger = new ConsoleClient(world.stack);
    await stranger.join();
    const { userCode, deviceCode } = await start();
    expect((await approve(stranger, userCode)).body).toMatchObject({ code: "not_found", param: "organization_id" });
    expect((await poll(deviceCode)).body).toMatchObject({ code: "authorization_pending" });
  });

  test("wants whoever lets it in to have proved lately who they are", async () => {
    const late = new ConsoleClient(world.stack);
    const { userId } = await late.join();
    await world.sql("update user_session set proved_at = now() - interval '11 minutes' where user_id = $1", [userId]);
    const { userCode } = await start();
    expect((await approve(late, userCode)).body).toMatchObject({ code: "fresh_session_required" });
  });

  test("S5: gets nothing when who let it in has left before it asked", async () => {
    const { client, memberId } = await joinAs("developer");
    const { userCode, deviceCode } = await start();
    expect((await approve(client, userCode)).status).toBe(200);
    await owner.remove(`/organizations/${org}/members/${memberId}`);
    expect((await poll(deviceCode)).body).toMatchObject({ code: "expired_token" });
  });

  test("asks for nothing that no program may have", async () => {
    const body = { client_name: "Greedy", permissions: ["members.invite"] };
    expect((await asProgram(null, "POST", "/auth/device", body)).body).toMatchObject({ code: "invalid_parameter" });
  });
});
