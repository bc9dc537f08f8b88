import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { KeyArgumentError } from "./keys/argument-error.ts";
import { readKeyCommand, USAGE, type BudgetCommand, type ByokCommand, type KeyCommand } from "./keys/arguments.ts";
import { withKeyStore, type KeyStore } from "./keys/connect.ts";
import { createKey, systemClock, systemRandom, type OrganizationRow } from "./keys/create-key.ts";
import { putProviderKey, removeProviderKey } from "./keys/put-provider-key.ts";
import { postCredit, setBudgets, setOrganizationSettings } from "./keys/set-budgets.ts";
import { setOrganizationPolicy } from "./keys/set-policy.ts";
import { formatUsd, newId } from "#kernel";
import { PLAINTEXT_BYTES_MAX } from "#keys";
import { explain } from "./explain.ts";
import { readEnvironment } from "./stack/provider-env.ts";

/** `npm run key -- create|revoke|org|settings|budget|credit|byok …` on the dev stack, until the control API does it. Writes Postgres and its outbox only. */
const ROOT = resolve(import.meta.dirname, "..");
const BAD_INPUT_EXIT = 2;

async function main(): Promise<void> {
  const command = readKeyCommand(process.argv.slice(2), systemClock.nowMs());
  const environment = await readEnvironment(resolve(ROOT, ".dev.vars"), process.env);
  const databaseUrl = environment["DATABASE_URL"] ?? "";
  const dataDir = resolve(ROOT, environment["DEV_DATA_DIR"] ?? ".dev");
  await withKeyStore(dataDir, databaseUrl === "" ? null : databaseUrl, (store) => run(store, command));
}

async function run(store: KeyStore, command: KeyCommand): Promise<void> {
  switch (command.verb) {
    case "create":
      return create(store, command);
    case "revoke":
      return revoke(store, command);
    case "org":
      return setPolicy(store, command);
    case "settings":
      return setSettings(store, command);
    case "budget":
      return setBudget(store, command);
    case "credit":
      return addCredit(store, command);
    case "byok":
      return setProviderKey(store, command);
  }
}

async function create(store: KeyStore, command: Extract<KeyCommand, { verb: "create" }>): Promise<void> {
  const organization = await findOrganization(store, command.organization);
  const created = await createKey(store.query, organization, command.input, store.secrets.key_peppers);
  const applied = await store.project();
  if (command.json) {
    const { id, key, prefix, lastFour } = created;
    console.log(JSON.stringify({ id, key, org_id: organization.id, prefix, last_four: lastFour, applied }));
    return;
  }
  console.log(
    `${created.key}\n\n${created.id} of ${organization.name} (${organization.id}). The key is not shown again.`,
  );
  if (!applied) console.log("No stack is running: the key works once one has started.");
}

async function revoke(store: KeyStore, command: Extract<KeyCommand, { verb: "revoke" }>): Promise<void> {
  const revoked = await store.query<{ id: string }>(
    "UPDATE api_key SET status = 'revoked' WHERE id = $1 AND status <> 'revoked' RETURNING id",
    [command.keyId],
  );
  if (revoked.length === 0) {
    const known = await store.query("SELECT id FROM api_key WHERE id = $1", [command.keyId]);
    if (known.length === 0) throw new KeyArgumentError(`there is no key ${command.keyId}`);
  }
  const applied = await store.project();
  if (command.json) console.log(JSON.stringify({ id: command.keyId, status: "revoked", applied }));
  else console.log(`${command.keyId} is revoked${applied ? "" : " once a stack has started"}.`);
}

async function setPolicy(store: KeyStore, command: Extract<KeyCommand, { verb: "org" }>): Promise<void> {
  const { id, name } = await findOrganization(store, command.organization);
  await setOrganizationPolicy(store.query, id, command.policy);
  const applied = await store.project();
  if (command.json) console.log(JSON.stringify({ org_id: id, policy: command.policy, applied }));
  else console.log(`The policy of ${name} (${id}) ${applied ? "is" : "will be, once a stack has started,"} as given.`);
}

async function setSettings(store: KeyStore, command: Extract<KeyCommand, { verb: "settings" }>): Promise<void> {
  const { id, name } = await findOrganization(store, command.organization);
  await setOrganizationSettings(store.query, id, command.settings);
  const applied = await store.project();
  const { strict, timeZone: time_zone } = command.settings;
  if (command.json) console.log(JSON.stringify({ org_id: id, strict, time_zone, applied }));
  else
    console.log(`The settings of ${name} (${id}) ${applied ? "are" : "will be, once a stack has started,"} as given.`);
}

async function setBudget(store: KeyStore, { organization, scope, limits, json }: BudgetCommand): Promise<void> {
  const { id, name } = await findOrganization(store, organization);
  await setBudgets(store.query, id, scope, limits);
  const applied = await store.project();
  const told = limits.map(({ period, limitNano }) => ({ period, limit_usd: formatUsd(limitNano) }));
  if (json) console.log(JSON.stringify({ org_id: id, scope, limits: told, applied }));
  else
    console.log(
      `The budget of ${scope} in ${name} (${id}) ${applied ? "is" : "will be, once a stack has started,"} as given.`,
    );
}

async function addCredit(store: KeyStore, command: Extract<KeyCommand, { verb: "credit" }>): Promise<void> {
  const { id, name } = await findOrganization(store, command.organization);
  const { amountNano, expiresAt } = command.credit;
  await postCredit(store.query, id, `key:${newId("credit", systemClock, systemRandom)}`, command.credit);
  const applied = await store.project();
  const amount_usd = formatUsd(amountNano);
  const expires_at = expiresAt?.toISOString() ?? null;
  if (command.json) console.log(JSON.stringify({ org_id: id, amount_usd, expires_at, applied }));
  else console.log(`${name} (${id}) has ${amount_usd} USD more${applied ? "" : " once a stack has started"}.`);
}

async function setProviderKey(store: KeyStore, { organization, provider, mode, json }: ByokCommand): Promise<void> {
  const { id, name } = await findOrganization(store, organization);
  if (mode === "off") {
    if (!(await removeProviderKey(store.query, id, provider))) {
      throw new KeyArgumentError(`${name} has no key of its own at ${provider}`);
    }
  } else {
    const secret = (await text(process.stdin)).trim();
    if (secret === "" || Buffer.byteLength(secret) > PLAINTEXT_BYTES_MAX) {
      throw new KeyArgumentError(`stdin holds the provider's key: 1 to ${PLAINTEXT_BYTES_MAX} bytes`);
    }
    await putProviderKey(store.query, { orgId: id, provider, mode, secret }, store.secrets.byok_private_keys);
  }
  const applied = await store.project();
  if (json) console.log(JSON.stringify({ org_id: id, provider, mode, applied }));
  else console.log(`${name}'s own key at ${provider}: ${mode}${applied ? "" : " once a stack has started"}.`);
}

async function findOrganization(store: KeyStore, nameOrId: string): Promise<OrganizationRow> {
  const found = await store.query<OrganizationRow>(
    "SELECT id, name, locator, region FROM organization WHERE id = $1 OR name = $1 ORDER BY id LIMIT 2",
    [nameOrId],
  );
  const [organization] = found;
  if (!organization) throw new KeyArgumentError(`--org: there is no organization "${nameOrId}"`);
  if (found.length > 1)
    throw new KeyArgumentError(`--org: several organizations are called "${nameOrId}": give the id`);
  return organization;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof KeyArgumentError)) {
    console.error(explain(error));
    process.exit(1);
  }
  console.error(`${error.message}\n\n${USAGE}`);
  process.exit(BAD_INPUT_EXIT);
}
