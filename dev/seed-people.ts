import { randomBytes } from "node:crypto";
import { makeTotpSecret } from "#identity";
import { newId } from "#kernel";
import { hashPassword } from "../workers/console/identity/hash-password.ts";
import { parsePasswordPeppers } from "../workers/console/identity/peppers.ts";
import { deriveKey, sealSecret } from "../workers/console/identity/seal-secret.ts";
import { systemClock, systemRandom, type Query } from "./keys/create-key.ts";
import type { DemoPeople, DevSecrets } from "./stack/secrets.ts";

export const ADMIN_EMAIL = "admin@example.test";
export const OPERATOR_EMAIL = "operator@example.test";
const PASSWORD_BYTES = 15;
const POLICY_VERSION = "1";

/**
 * Makes sure of two people: the owner of the demo organization, and an operator of the platform with a second factor.
 * Safe to run at every start: who is there stays as they are, whatever they have changed since.
 */
export async function seedPeople(query: Query, orgId: string, secrets: DevSecrets): Promise<DemoPeople> {
  const people = secrets.people ?? {
    admin_password: makePassword(),
    operator_password: makePassword(),
    operator_totp_secret: makeTotpSecret(systemRandom),
  };
  const adminId = await ensurePerson(query, "Demo Admin", ADMIN_EMAIL, people.admin_password, secrets);
  await query(
    `INSERT INTO member (id, org_id, user_id, role) SELECT $1, $2, $3, 'owner'
     WHERE NOT EXISTS (SELECT FROM member WHERE org_id = $2 AND left_at IS NULL AND (role = 'owner' OR user_id = $3))`,
    [newId("member", systemClock, systemRandom), orgId, adminId],
  );
  const operatorId = await ensurePerson(query, "Demo Operator", OPERATOR_EMAIL, people.operator_password, secrets);
  await query("INSERT INTO operator (user_id, role) VALUES ($1, 'admin') ON CONFLICT (user_id) DO NOTHING", [
    operatorId,
  ]);
  const factorKey = await deriveKey(secrets.auth_secret, "factor");
  await query(
    "INSERT INTO user_factor (id, user_id, sealed_secret, confirmed_at) VALUES ($1, $2, $3, now()) ON CONFLICT (user_id) DO NOTHING",
    [
      newId("factor", systemClock, systemRandom),
      operatorId,
      await sealSecret(factorKey, operatorId, people.operator_totp_secret),
    ],
  );
  return people;
}

/** Good for the stack's own data alone: made at random the first time, as its keys are. */
const makePassword = (): string => randomBytes(PASSWORD_BYTES).toString("base64url");

async function ensurePerson(
  query: Query,
  name: string,
  email: string,
  password: string,
  secrets: DevSecrets,
): Promise<string> {
  const [known] = await query<{ id: string }>("SELECT id FROM account_user WHERE email = $1", [email]);
  if (known) return known.id;
  const id = newId("user", systemClock, systemRandom);
  const hash = await hashPassword(password, await parsePasswordPeppers(secrets.password_peppers));
  await query(
    `INSERT INTO account_user (id, name, email, email_verified, attested_adult_at, policy_version, policy_accepted_at)
     VALUES ($1, $2, $3, true, now(), $4, now())`,
    [id, name, email, POLICY_VERSION],
  );
  await query(
    "INSERT INTO user_login (id, user_id, provider_id, account_id, password) VALUES ($1, $2, 'credential', $2, $3)",
    [newId("login", systemClock, systemRandom), id, hash],
  );
  return id;
}
