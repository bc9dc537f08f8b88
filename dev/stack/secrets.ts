import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { makeOpeningKey } from "#keys";
import type { Login, Logins } from "../database/logins.ts";
import { readTextIfPresent, writePrivateJson } from "./state.ts";

const secretsSchema = z.object({
  key_peppers: z.string(),
  /** What customers' own provider keys are sealed to; empty in files of before it existed. */
  byok_private_keys: z.string().default(""),
  /** What the audit log is sealed with; empty in files of before it existed. */
  audit_keys: z.string().default(""),
  /** What names of attempts at public doors are hashed with; likewise. */
  door_secret: z.string().default(""),
  internal_token: z.string(),
  passwords: z.object({
    postgres: z.string(),
    gateway_app: z.string(),
    console_app: z.string(),
    readonly_app: z.string(),
  }),
  /** Sent to the simulated providers, where a real key would go. */
  simulated_provider_key: z.string(),
  /** Shown again at the next start. Only a development stack keeps keys. */
  demo: z.object({ api_key: z.string(), test_key: z.string() }).nullable(),
});

export type DevSecrets = z.infer<typeof secretsSchema>;
export type AppRole = (typeof APP_ROLES)[number];

const APP_ROLES = ["gateway_app", "console_app", "readonly_app"] as const;

const SECRET_BYTES = 32;
const FIRST_PEPPER_VERSION = "1";
const FIRST_BYOK_KEY = "k1";
const FIRST_AUDIT_KEY_VERSION = "1";
const secretsPath = (dataDir: string): string => join(dataDir, "secrets.json");

/** The secrets of this data directory, made at random the first time. Nothing here is ever a constant of the code. */
export async function loadSecrets(dataDir: string): Promise<DevSecrets> {
  const known = await readSecrets(dataDir);
  if (known) return await withLaterKeys(dataDir, known);
  const secret = (): string => randomBytes(SECRET_BYTES).toString("base64url");
  const secrets: DevSecrets = {
    key_peppers: JSON.stringify({ [FIRST_PEPPER_VERSION]: secret() }),
    byok_private_keys: await makeByokKeys(),
    audit_keys: makeAuditKeys(),
    door_secret: makeDoorSecret(),
    internal_token: secret(),
    passwords: { postgres: secret(), gateway_app: secret(), console_app: secret(), readonly_app: secret() },
    simulated_provider_key: `sim-${secret()}`,
    demo: null,
  };
  await saveSecrets(dataDir, secrets);
  return secrets;
}

/** A file of before some of the keys existed gets them, once. */
async function withLaterKeys(dataDir: string, known: DevSecrets): Promise<DevSecrets> {
  const { byok_private_keys, audit_keys, door_secret } = known;
  if (byok_private_keys !== "" && audit_keys !== "" && door_secret !== "") return known;
  const secrets = {
    ...known,
    byok_private_keys: byok_private_keys === "" ? await makeByokKeys() : byok_private_keys,
    audit_keys: audit_keys === "" ? makeAuditKeys() : audit_keys,
    door_secret: door_secret === "" ? makeDoorSecret() : door_secret,
  };
  await saveSecrets(dataDir, secrets);
  return secrets;
}

const makeDoorSecret = (): string => randomBytes(SECRET_BYTES).toString("base64");

function makeAuditKeys(): string {
  return JSON.stringify({ [FIRST_AUDIT_KEY_VERSION]: randomBytes(SECRET_BYTES).toString("base64") });
}

async function makeByokKeys(): Promise<string> {
  return JSON.stringify([await makeOpeningKey(FIRST_BYOK_KEY)]);
}

/** Null where no stack has run yet. Throws when the file is there but is not ours. */
export async function readSecrets(dataDir: string): Promise<DevSecrets | null> {
  const text = await readTextIfPresent(secretsPath(dataDir));
  return text === null ? null : secretsSchema.parse(JSON.parse(text));
}

export async function saveSecrets(dataDir: string, secrets: DevSecrets): Promise<void> {
  await writePrivateJson(secretsPath(dataDir), secrets);
}

/** The users of the database: the owner, and one login per application role. */
export function loginsOf({ passwords }: DevSecrets): Logins {
  return new Map<string, Login>([
    ["postgres", { password: passwords.postgres, role: null }],
    ...APP_ROLES.map((role): [string, Login] => [role, { password: passwords[role], role }]),
  ]);
}

/** A connection string as the Workers and Postgres clients take it. */
export function connectionString(secrets: DevSecrets, role: AppRole, host: string, port: number): string {
  return `postgresql://${role}:${secrets.passwords[role]}@${host}:${port}/postgres`;
}
