import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { MACHINE_PERMISSIONS } from "#identity";
import { newId, type IdKind } from "#kernel";
import { systemClock, systemRandom } from "../../dev/keys/create-key.ts";
import { encodeFlush } from "#ledger";
import { makeReceipt } from "../support/receipts.ts";
import { ConsoleClient, type ApiAnswer } from "./support/console-client.ts";
import { joinAsOperator } from "./support/operator.ts";
import { startWorld, type World } from "./support/world.ts";

/**
 * Every operation of the committed OpenAPI document against everybody who must not get through, and everything that must
 * not be taken. A new operation is covered the day it is in the document; one without `x-access` fails.
 */
const access = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("public") }),
  z.strictObject({ kind: z.literal("half") }),
  z.strictObject({ kind: z.literal("user"), fresh: z.literal(true).optional() }),
  z.strictObject({ kind: z.literal("management_key") }),
  z.strictObject({ kind: z.literal("member"), permission: z.string(), fresh: z.literal(true).optional() }),
  z.strictObject({ kind: z.literal("operator"), permission: z.string(), fresh: z.literal(true).optional() }),
]);
const document = z
  .object({
    paths: z.record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          operationId: z.string(),
          "x-access": access,
          security: z.array(z.record(z.string(), z.array(z.string()))),
          requestBody: z.unknown().optional(),
          parameters: z.array(z.object({ name: z.string() })).default([]),
        }),
      ),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8")));

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId: id, "x-access": who, security, requestBody, parameters }]) => ({
    id,
    method: method.toUpperCase(),
    path,
    access: who,
    isForMachines: security.some((one) => "managementKey" in one),
    takesBody: requestBody !== undefined,
    wantsVersion: parameters.some(({ name }) => name === "If-Match"),
    isUnsafe: method !== "get",
  })),
);
type Operation = (typeof operations)[number];

const KINDS: Readonly<Record<string, IdKind>> = {
  org: "organization",
  member: "member",
  invitation: "invitation",
  key: "apiKey",
  management_key: "managementKey",
  session: "session",
  passkey: "passkey",
  login: "login",
  receipt: "generation",
  webhook: "webhookEndpoint",
  delivery: "webhookDelivery",
  proposal: "proposal",
};

/** What is in paths and is no id. */
const WORDS: Readonly<Record<string, string>> = { scope: "organization", provider: "openai" };

let world: World;
/** The owner of an organization, and of another; a viewer of the first; and somebody who is in neither. */
let owner: ConsoleClient;
let viewer: ConsoleClient;
let stranger: ConsoleClient;
let operator: ConsoleClient;
/** The owner's other browser, in which nothing was done for longer than a session lives. */
let late: ConsoleClient;
let org: string;
let ids: Readonly<Record<string, string>>;
/** Management keys by what they may: one thing each, so that for every operation there is one that may not; and the stranger's. */
let machineKeys: Readonly<Record<"billing.read" | "audit.read" | "foreign" | "revoked" | "expired", string>>;

beforeAll(async () => {
  world = await startWorld({});
  [owner, viewer, stranger] = [
    new ConsoleClient(world.stack),
    new ConsoleClient(world.stack),
    new ConsoleClient(world.stack),
  ];
  const { email: ownEmail, password } = await owner.join();
  late = owner.another();
  await late.post("/auth/sign-in", { email: ownEmail, password });
  const newest = "select id from user_session order by created_at desc limit 1";
  await world.sql(`update user_session set expires_at = now() - interval '1 second' where id = (${newest})`);
  await stranger.join();
  operator = (await joinAsOperator(world, "admin")).client;
  const { email } = await viewer.join();
  org = String((await owner.post("/organizations", { name: "Ours" })).body["id"]);
  const theirs = String((await stranger.post("/organizations", { name: "Theirs" })).body["id"]);
  await owner.post(`/organizations/${org}/invitations`, { email, role: "viewer" });
  const accepted = await viewer.post("/invitations/accept", { token: await viewer.mailedToken(email, "invitation") });
  const key = await owner.post(`/organizations/${org}/keys`, { name: "Ours" });
  const pending = await owner.post(`/organizations/${org}/invitations`, { email: "later@example.com", role: "viewer" });
  const webhook = await owner.post(`/organizations/${org}/webhooks`, { url: "https://receiver.example.com/" });
  const delivery = await owner.post(`/organizations/${org}/webhooks/${String(webhook.body["id"])}/test`);
  const receipt = makeReceipt(org);
  const flush = encodeFlush(newId("flush", systemClock, systemRandom), org, [{ type: "receipt", receipt }]);
  await world.sql("select post_usage($1)", [flush]);
  ids = {
    org,
    receipt: receipt.id,
    member: String(accepted.body["member_id"]),
    key: String(key.body["id"]),
    invitation: String(pending.body["id"]),
    webhook: String(webhook.body["id"]),
    delivery: String(delivery.body["id"]),
    management_key: (await makeKey(owner, org, ["keys.read"])).id,
  };
  const [billing, audit, foreign, revoked, expired] = await Promise.all([
    makeKey(owner, org, ["billing.read"]),
    makeKey(owner, org, ["audit.read"]),
    makeKey(stranger, theirs, [...MACHINE_PERMISSIONS]),
    makeKey(owner, org, [...MACHINE_PERMISSIONS]),
    makeKey(owner, org, [...MACHINE_PERMISSIONS]),
  ]);
  await owner.remove(`/organizations/${org}/management-keys/${revoked.id}`);
  // What has ended cannot be made by the API: the row is the same but for its end.
  await world.sql("alter table management_key disable trigger management_key_fixed");
  await world.sql("update management_key set expires_at = now() - interval '1 second' where id = $1", [expired.id]);
  await world.sql("alter table management_key enable trigger management_key_fixed");
  machineKeys = {
    "billing.read": billing.key,
    "audit.read": audit.key,
    foreign: foreign.key,
    revoked: revoked.key,
    expired: expired.key,
  };
});
afterAll(() => world.stop());

async function makeKey(maker: ConsoleClient, orgId: string, permissions: readonly string[]) {
  const made = await maker.post(`/organizations/${orgId}/management-keys`, { name: "Robot", permissions });
  return { id: String(made.body["id"]), key: String(made.body["key"]) };
}

/** As a program sends it: the key, no cookie, from no page. */
const sendAs = (key: string, operation: Operation, path = pathOf(operation)): Promise<ApiAnswer> =>
  new ConsoleClient(world.stack).send(operation.method, path, operation.takesBody ? {} : undefined, {
    authorization: `Bearer ${key}`,
    origin: "",
  });

/** The operation's path with ids of ours, or well-formed ones of nobody's. */
function pathOf({ path }: Operation, known: Readonly<Record<string, string>> = ids): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const kind = KINDS[name];
    const word = WORDS[name];
    if (word !== undefined) return word;
    if (kind === undefined) throw new Error(`the test knows no id for {${name}}`);
    return known[name] ?? newId(kind, systemClock, systemRandom);
  });
}

const send = (client: ConsoleClient, operation: Operation, path = pathOf(operation)): Promise<ApiAnswer> =>
  client.send(operation.method, path, operation.takesBody ? {} : undefined);

/** Who may call it at all. */
const callerOf = ({ access: { kind } }: Operation): ConsoleClient => (kind === "operator" ? operator : owner);

const named = (filter: (operation: Operation) => boolean): [string, Operation][] =>
  operations.filter(filter).map((operation) => [operation.id, operation]);

test("the document has operations of every kind of access", () => {
  expect(new Set(operations.map(({ access: { kind } }) => kind))).toEqual(
    new Set(["public", "half", "user", "management_key", "member", "operator"]),
  );
  expect(operations.length).toBeGreaterThan(35);
});

describe("nobody who is not signed in", () => {
  test.each(named(({ access: { kind } }) => kind !== "public"))("calls %s", async (_, operation) => {
    const answer = await send(new ConsoleClient(world.stack), operation);
    const missing = operation.access.kind === "management_key" ? "management_key_required" : "session_required";
    expect([answer.status, answer.body["code"]]).toEqual([401, missing]);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
  });
});

describe("whose session has expired", () => {
  test.each(named(({ access: { kind } }) => kind !== "public" && kind !== "management_key"))(
    "calls no %s",
    async (_, operation) => {
      const answer = await send(late, operation);
      expect([answer.status, answer.body["code"]]).toEqual([401, "session_required"]);
    },
  );
});

describe("S20: a member of another organization finds nothing at", () => {
  test.each(named(({ access: { kind } }) => kind === "member"))("%s", async (_, operation) => {
    const answer = await send(stranger, operation);
    expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
  });

  test.each(named(({ access: { kind } }) => kind === "member"))("%s with an id of nobody's", async (_, operation) => {
    const answer = await send(stranger, operation, pathOf(operation, {}));
    expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
  });

  test.each(
    named(
      ({ path, access: { kind } }) =>
        kind === "member" && /\{(member|key|management_key|invitation|receipt|webhook|delivery)\}/.test(path),
    ),
  )("%s with its own organization and our id", async (_, operation) => {
    const own = await stranger.list("/organizations", z.looseObject({ id: z.string() }));
    const path = pathOf(operation, { ...ids, org: own[0]?.id ?? "" });
    const answer = await stranger.send(operation.method, path, BODIES[operation.id] ?? undefined, {
      "if-match": '"1"',
    });
    expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
  });
});

/** Bodies that are right, where the answer to what is not ours has to come after the body was read. */
const BODIES: Readonly<Record<string, unknown>> = {
  updateMember: { role: "viewer" },
  updateKey: { name: "Mine now" },
  rotateKey: {},
  updateWebhook: { description: "Mine now" },
  replayFailedWebhooks: { since: "2026-01-01T00:00:00Z" },
};

describe("a viewer", () => {
  test.each(named(({ access: { kind }, isUnsafe }) => kind === "member" && isUnsafe))(
    "does not %s",
    async (id, operation) => {
      if (id === "leaveOrganization") return;
      const answer = await send(viewer, operation);
      expect([answer.status, answer.body["code"]]).toEqual([403, "permission_denied"]);
      expect(String(answer.body["detail"])).toMatch(/'viewer' may not .* (owner|admin)/);
    },
  );
});

describe("who is no operator", () => {
  test.each(named(({ access: { kind } }) => kind === "operator"))("finds nothing at %s", async (_, operation) => {
    const answer = await send(owner, operation);
    expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
  });
});

describe("a management key", () => {
  const guarded = named(({ access: { kind } }) => kind !== "public");

  test("may call operations, and most of them may not be called by any", () => {
    const open = operations.filter(({ isForMachines }) => isForMachines).map(({ id }) => id);
    expect(open).toEqual(expect.arrayContaining(["createKey", "rotateKey", "listAuditEntries"]));
    for (const id of ["updateOrganization", "removeMember", "createInvitation", "createManagementKey", "updateMe"])
      expect(open).not.toContain(id);
  });

  test.each(named(({ access: { kind } }) => kind !== "public" && kind !== "management_key"))(
    "without the permission does not %s",
    async (_, operation) => {
      const permission = operation.access.kind === "member" ? operation.access.permission : "";
      const key = permission === "billing.read" ? machineKeys["audit.read"] : machineKeys["billing.read"];
      const answer = await sendAs(key, operation);
      const refused = operation.isForMachines ? "key_permission_denied" : "people_only";
      expect([answer.status, answer.body["code"]]).toEqual(
        operation.access.kind === "operator" ? [404, "not_found"] : [403, refused],
      );
      if (operation.isForMachines) expect(answer.body["detail"]).toContain(`'${permission}'`);
    },
  );

  test.each(named(({ access: { kind } }) => kind === "member"))(
    "S20: of another organization finds nothing at %s",
    async (_, operation) => {
      for (const path of [pathOf(operation), pathOf(operation, {})]) {
        const answer = await sendAs(machineKeys.foreign, operation, path);
        expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
      }
    },
  );

  test.each(guarded)("that was revoked, has ended or is forged does not %s", async (_, operation) => {
    const foreign = machineKeys.foreign;
    const forged = foreign.slice(0, -6) + (foreign.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA");
    for (const key of [machineKeys.revoked, machineKeys.expired, forged, "prism_live_g1", ""]) {
      const answer = await sendAs(key, operation);
      expect([answer.status, answer.body["code"]]).toEqual([401, "invalid_management_key"]);
    }
  });

  test.each(named(() => true))("beside a cookie does not %s", async (_, operation) => {
    const answer = await owner.send(operation.method, pathOf(operation), operation.takesBody ? {} : undefined, {
      authorization: `Bearer ${machineKeys["billing.read"]}`,
    });
    expect([answer.status, answer.body["code"]]).toEqual([400, "ambiguous_credentials"]);
  });
});

describe("from another site nobody", () => {
  test.each(named(({ isUnsafe }) => isUnsafe))("calls %s (S16)", async (_, operation) => {
    const answer = await owner.send(operation.method, pathOf(operation), operation.takesBody ? {} : undefined, {
      origin: "https://evil.example",
    });
    expect([answer.status, answer.body["code"]]).toEqual([403, "cross_site_request"]);
  });
});

describe("what was sent is checked:", () => {
  const withBody = named(({ takesBody }) => takesBody);
  test.each(withBody)("%s takes no member that it does not know (S14)", async (_, operation) => {
    const answer = await callerOf(operation).send(
      operation.method,
      pathOf(operation),
      { is_admin: true },
      { "if-match": '"1"' },
    );
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_parameter"]);
  });

  test.each(withBody)("%s takes JSON alone", async (_, operation) => {
    const answer = await callerOf(operation).send(operation.method, pathOf(operation), "{}", {
      "content-type": "text/plain",
    });
    expect([answer.status, answer.body["code"]]).toEqual([415, "unsupported_content_type"]);
    const broken = await callerOf(operation).send(operation.method, pathOf(operation), "{", {
      "content-type": "application/json",
    });
    expect([broken.status, broken.body["code"]]).toEqual([400, "invalid_json"]);
  });

  test.each(withBody)("%s takes no long body (S18)", async (_, operation) => {
    const answer = await callerOf(operation).send(operation.method, pathOf(operation), { long: "x".repeat(70_000) });
    expect([answer.status, answer.body["code"]]).toEqual([413, "body_too_large"]);
  });

  const takesId = ({ path }: Operation): boolean =>
    [...path.matchAll(/\{(\w+)\}/g)].some(([, name = ""]) => name !== "org" && name in KINDS);
  test.each(named(takesId))("%s takes no id that is none", async (_, operation) => {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (__, name: string) => (name === "org" ? org : "1"));
    const answer = await send(callerOf(operation), operation, path);
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_parameter"]);
  });
});

describe("answers are nobody else's:", () => {
  test.each(named(({ isUnsafe }) => !isUnsafe))("%s is not cached (S17)", async (_, operation) => {
    const answer = await send(callerOf(operation), operation);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });
});

describe("changes of settings", () => {
  test("are all tried here", () => {
    const wanting = operations.filter(({ wantsVersion }) => wantsVersion).map(({ id }) => id);
    expect(wanting.toSorted()).toEqual(["updateKey", "updateOrganization"]);
  });

  test.each([
    ["updateOrganization", () => `/organizations/${org}`, { strict: true }],
    ["updateKey", () => `/organizations/${org}/keys/${ids["key"] ?? ""}`, { name: "Renamed" }],
  ])("%s wants the version that it was made from, and loses no other", async (_, path, change) => {
    expect((await owner.patch(path(), change)).body).toMatchObject({ code: "version_required" });
    expect((await owner.patch(path(), change, { "if-match": '"999"' })).body).toMatchObject({
      code: "version_conflict",
    });
    const etag = (await owner.get(path())).headers.get("etag") ?? "";
    const both = await Promise.all([1, 2].map(() => owner.patch(path(), change, { "if-match": etag })));
    expect(both.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 412]);
  });
});
