import { newId, parseUsd, type KeyMode } from "#kernel";
import { newLocator, parsePeppers, SCOPES, verifyKey } from "#keys";
import { asOwner } from "./database/owner-queries.ts";
import type { Database } from "./database/database.ts";
import { createKey, systemClock, systemRandom, type OrganizationRow, type Query } from "./keys/create-key.ts";
import { seedPeople } from "./seed-people.ts";
import { saveSecrets, type DemoPeople, type DevSecrets } from "./stack/secrets.ts";

const ORGANIZATION_NAME = "Demo";
const PROMO_CREDIT_USD = "25";
/** Generous: a demonstration should not meet its limit, and still show one in its headers. */
const REQUESTS_PER_MINUTE = 10_000;

export interface Seeded {
  readonly orgId: string;
  readonly apiKey: string;
  readonly testKey: string;
  readonly people: DemoPeople;
}

/**
 * Makes sure of the demo organization, its credit, its two keys and its people. Safe to run at every start: what is there stays,
 * and the keys are the same ones as long as the data directory and the database belong together.
 */
export async function seed(database: Database, dataDir: string, secrets: DevSecrets): Promise<Seeded> {
  const seeded = await asOwner(database, async (owner) => {
    const query: Query = (sql, params) => owner.query(sql, [...params]);
    const organization = await ensureOrganization(query);
    await query("SELECT post_credit($1, $2::bigint, $3, 'promo')", [
      organization.id,
      parseUsd(PROMO_CREDIT_USD),
      `seed:${organization.id}`,
    ]);
    return {
      orgId: organization.id,
      apiKey: await ensureKey(query, organization, "live", secrets.demo?.api_key, secrets),
      testKey: await ensureKey(query, organization, "test", secrets.demo?.test_key, secrets),
      people: await seedPeople(query, organization.id, secrets),
    };
  });
  const demo = { api_key: seeded.apiKey, test_key: seeded.testKey };
  await saveSecrets(dataDir, { ...secrets, demo, people: seeded.people });
  return seeded;
}

async function ensureOrganization(query: Query): Promise<OrganizationRow> {
  const found = await query<OrganizationRow>(
    "SELECT id, name, locator, region FROM organization WHERE name = $1 ORDER BY created_at LIMIT 1",
    [ORGANIZATION_NAME],
  );
  if (found[0]) return found[0];
  const organization: OrganizationRow = {
    id: newId("organization", systemClock, systemRandom),
    name: ORGANIZATION_NAME,
    locator: newLocator(systemRandom),
    region: "g",
  };
  await query("INSERT INTO organization (id, name, locator, region) VALUES ($1, $2, $3, $4)", [
    organization.id,
    organization.name,
    organization.locator,
    organization.region,
  ]);
  return organization;
}

/** The remembered key when this database knows it as usable, else a new one. */
async function ensureKey(
  query: Query,
  organization: OrganizationRow,
  mode: KeyMode,
  remembered: string | undefined,
  secrets: DevSecrets,
): Promise<string> {
  if (remembered !== undefined) {
    const verdict = await verifyKey(remembered, await parsePeppers(secrets.key_peppers));
    const hash = verdict.ok ? verdict.key.hash : "";
    const known = await query("SELECT id FROM api_key WHERE key_hash = $1 AND org_id = $2 AND status = 'active'", [
      hash,
      organization.id,
    ]);
    if (known.length > 0) return remembered;
  }
  const created = await createKey(
    query,
    organization,
    {
      name: `Demo ${mode} key`,
      mode,
      scopes: SCOPES,
      models: null,
      expiresAt: null,
      requestsPerMinute: REQUESTS_PER_MINUTE,
      tokensPerMinute: null,
      concurrency: null,
      budget: null,
    },
    secrets.key_peppers,
  );
  return created.key;
}
