import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { Login, Logins } from "../database/logins.ts";
import { makeByokKeys, makeDoorSecret, makeSecret, makeVersioned } from "./make-secrets.ts";
import { readTextIfPresent, writePrivateJson } from "./state.ts";

const WEBHOOK_SECRET_BYTES = 32;

const demoPeople = z.object({
  admin_password: z.string(),
  operator_password: z.string(),
  operator_totp_secret: z.string(),
});
export type DemoPeople = z.output<typeof demoPeople>;

const secretsSchema = z.object({
  key_peppers: z.string(),
  /** What customers' own provider keys are sealed to; empty in files of before it existed. */
  byok_private_keys: z.string().default(""),
  /** What the audit log is sealed with. */
  audit_keys: z.string().default(() => makeVersioned()),
  /** What the control API signs cookies and links with, and what passwords are peppered with. */
  auth_secret: z.string().default(() => makeSecret()),
  /** What names of attempts at public doors are hashed with. */
  door_secret: z.string().default(() => makeDoorSecret()),
  password_peppers: z.string().default(() => makeVersioned()),
  internal_token: z.string(),
  /** Made at the next start in files of before there was mail. */
  mail: z
    .object({
      /** What mails are sealed with while they wait. */
      keys: z.string(),
      /** What the console shows to the mailbox, and what the mailbox signs with. */
      api_key: z.string(),
      webhook_secret: z.string(),
    })
    .default(makeMailSecrets),
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
  /** How the demo people sign in. */
  people: demoPeople.nullable().default(null),
});

export type DevSecrets = z.infer<typeof secretsSchema>;
export type AppRole = (typeof APP_ROLES)[number];

const APP_ROLES = ["gateway_app", "console_app", "readonly_app"] as const;

const secretsPath = (dataDir: string): string => join(dataDir, "secrets.json");

/** The secrets of this data directory, made at random the first time. Nothing here is ever a constant of the code. */
export async function loadSecrets(dataDir: string): Promise<DevSecrets> {
  const known = await readSecrets(dataDir);
  if (known) return await withByokKeys(dataDir, known);
  const secrets: DevSecrets = {
    key_peppers: makeVersioned(),
    byok_private_keys: await makeByokKeys(),
    audit_keys: makeVersioned(),
    auth_secret: makeSecret(),
    door_secret: makeDoorSecret(),
    password_peppers: makeVersioned(),
    internal_token: makeSecret(),
    passwords: {
      postgres: makeSecret(),
      gateway_app: makeSecret(),
      console_app: makeSecret(),
      readonly_app: makeSecret(),
    },
    simulated_provider_key: `sim-${makeSecret()}`,
    mail: makeMailSecrets(),
    demo: null,
    people: null,
  };
  await saveSecrets(dataDir, secrets);
  return secrets;
}

function makeMailSecrets() {
  return {
    keys: makeVersioned(),
    api_key: `re_${makeSecret()}`,
    webhook_secret: `whsec_${randomBytes(WEBHOOK_SECRET_BYTES).toString("base64")}`,
  };
}

async function withByokKeys(dataDir: string, known: DevSecrets): Promise<DevSecrets> {
  if (known.byok_private_keys !== "") return known;
  const secrets = { ...known, byok_private_keys: await makeByokKeys() };
  await saveSecrets(dataDir, secrets);
  return secrets;
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
