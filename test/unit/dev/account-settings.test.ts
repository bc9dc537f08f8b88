import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeOpeningKey, openSealed, parseOpeningKeys } from "#keys";
import { decodeAccountEvent } from "#store";
import { createKey, type Query } from "../../../dev/keys/create-key.ts";
import { putProviderKey, removeProviderKey } from "../../../dev/keys/put-provider-key.ts";
import { setOrganizationPolicy } from "../../../dev/keys/set-policy.ts";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { makeOrganization } from "../../support/receipts.ts";

const POLICY = {
  dataCollection: "deny",
  zdr: true,
  regions: ["eu"],
  providersOnly: ["openai", 'odd "name", {with} \\ marks'],
  providersIgnore: null,
} as const;

let db: TestDatabase;
let query: Query;

beforeAll(async () => {
  db = await openTestDatabase();
  query = (sql, params) => db.query(sql, [...params], "console_app");
}, databaseStartMs);
afterAll(async () => {
  await db.close();
});

async function lastEvent(orgId: string) {
  const rows = await db.query<{ payload: unknown }>(
    "select payload from control_outbox where org_id = $1 order by seq desc limit 1",
    [orgId],
  );
  return decodeAccountEvent(rows[0]?.payload);
}

test("an organization's policy reaches the event as it was given, and goes again", async () => {
  const { id } = await makeOrganization(db);
  await setOrganizationPolicy(query, id, POLICY);
  expect(await lastEvent(id)).toMatchObject({ organization: { policy: POLICY } });
  await setOrganizationPolicy(query, id, null);
  expect(await lastEvent(id)).toMatchObject({ organization: { policy: null } });
});

test("a new key carries its policy and guardrails from the start", async () => {
  const { id, locator } = await makeOrganization(db);
  const guardrails = { secrets: "redact", cards: "block" } as const;
  const input = { name: "Key", mode: "live", scopes: ["inference"], models: null, expiresAt: null } as const;
  const limits = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null, budget: null };
  await createKey(
    query,
    { id, name: "Test", locator, region: "g" },
    { ...input, ...limits, policy: POLICY, guardrails },
    JSON.stringify({ "1": randomBytes(32).toString("base64url") }),
  );
  expect(await lastEvent(id)).toMatchObject({ key: { policy: POLICY, guardrails } });
});

test("G20: an own provider key rests sealed, and only the gateway opens it, for its organization alone", async () => {
  const { id } = await makeOrganization(db);
  const privateKeys = JSON.stringify([await makeOpeningKey("old"), await makeOpeningKey("new")]);
  await putProviderKey(query, { orgId: id, provider: "openai", mode: "only", secret: "sk-own" }, privateKeys);
  const event = await lastEvent(id);
  if (event?.type !== "provider_key" || !event.key) throw new Error("no sealed key was announced");
  expect(event).toMatchObject({ provider: "openai", key: { mode: "only", keyVersion: "new" } });
  const rows = await db.query("select * from provider_key where org_id = $1", [id]);
  expect(JSON.stringify(rows)).not.toContain("sk-own");
  const keys = await parseOpeningKeys(privateKeys);
  expect(await openSealed(keys, event.key, { orgId: id, provider: "openai" })).toBe("sk-own");
  expect(await openSealed(keys, event.key, { orgId: "org_other", provider: "openai" })).toBeNull();

  expect(await removeProviderKey(query, id, "openai")).toBe(true);
  expect(await lastEvent(id)).toMatchObject({ version: 2, key: null });
  expect(await removeProviderKey(query, id, "groq")).toBe(false);
});
