import { PROVIDERS } from "#providers";
import {
  makeByokKeys,
  makeDoorSecret,
  makeSecret,
  makeVersioned,
  sealingKeyOf,
  type Random,
} from "../stack/make-secrets.ts";
import { WORKERS, type Worker } from "./environments.ts";
import { addByokKey, addNumber, addVersion } from "./rotate-value.ts";

/** A Worker's secret: where it goes and where it comes from. A shared one has one value for both. */
export interface SecretRow {
  readonly name: string;
  readonly workers: readonly Worker[];
  /** False: a deployment works without. */
  readonly required: boolean;
  readonly origin: Origin;
  /** What it is, for whoever is asked and for the plan. */
  readonly what: string;
}

export type Origin =
  /** Made here at random, once, and kept in the vault. */
  | {
      readonly kind: "made";
      readonly make: (random: Random) => string | Promise<string>;
      /** From the present value to the next; a text says why it cannot be. */
      readonly rotate: ((present: string, random: Random) => string | Promise<string>) | string;
    }
  /** Somebody else made it: read from the environment, or asked for once. */
  | { readonly kind: "given"; readonly form: RegExp }
  /** Follows from another secret, with which it is set and rotated. */
  | { readonly kind: "derived"; readonly from: string; readonly derive: (value: string) => string }
  /** The address of the database for a role, whose password is made here. */
  | { readonly kind: "login" };

const BOTH = WORKERS;
const CONSOLE = ["console"] as const;
const GATEWAY = ["gateway"] as const;

const versioned: Origin = { kind: "made", make: makeVersioned, rotate: addVersion };
const replaced: Origin = { kind: "made", make: makeSecret, rotate: (_, random) => makeSecret(random) };
const TEXT = /^\S+$/;

const made = (name: string, workers: readonly Worker[], origin: Origin, what: string): SecretRow => ({
  name,
  workers,
  required: true,
  origin,
  what,
});

const given = (name: string, required: boolean, form: RegExp, what: string): SecretRow => ({
  name,
  workers: CONSOLE,
  required,
  origin: { kind: "given", form },
  what,
});

const OWN_ROWS: readonly SecretRow[] = [
  made("DATABASE_URL", BOTH, { kind: "login" }, "the database, as each Worker's own role"),
  made("KEY_PEPPERS", BOTH, versioned, "what API keys are tagged and hashed with"),
  made(
    "BYOK_PRIVATE_KEYS",
    GATEWAY,
    { kind: "made", make: makeByokKeys, rotate: (present) => addByokKey(present) },
    "opens customers' own provider keys",
  ),
  made(
    "BYOK_SEALING_KEY",
    CONSOLE,
    { kind: "derived", from: "BYOK_PRIVATE_KEYS", derive: sealingKeyOf },
    "what customers' own provider keys are sealed to: the public half",
  ),
  made("INTERNAL_TOKEN", CONSOLE, replaced, "opens the console's internal routes to operators"),
  made(
    "AUDIT_KEYS",
    CONSOLE,
    { kind: "made", make: makeVersioned, rotate: addNumber },
    "what the audit log is sealed with",
  ),
  made("MAIL_KEY", CONSOLE, versioned, "what mail is sealed with while it waits"),
  made("PASSWORD_PEPPERS", CONSOLE, versioned, "what passwords are hashed with"),
  made(
    "AUTH_SECRET",
    CONSOLE,
    {
      kind: "made",
      make: makeSecret,
      rotate: "second factors and webhook secrets are sealed under it and would never open again (docs/operations.md)",
    },
    "signs sessions and mailed links",
  ),
  made(
    "DOOR_SECRET",
    CONSOLE,
    { kind: "made", make: makeDoorSecret, rotate: (_, random) => makeDoorSecret(random) },
    "hides who knocks at public doors from Upstash",
  ),
  given("UPSTASH_REDIS_REST_URL", true, /^https:\/\/[a-z0-9-]+\.upstash\.io$/, "Upstash's REST address"),
  given("UPSTASH_REDIS_REST_TOKEN", true, /^\S{16,}$/, "Upstash's REST token"),
  given("RESEND_API_KEY", true, /^re_\S+$/, "Resend's key, that mail goes out"),
  given("MAIL_WEBHOOK_SECRET", false, /^whsec_\S+$/, "signs what Resend tells of bounces"),
  ...["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"].map((name) =>
    given(name, false, TEXT, "sign-in by Google or GitHub"),
  ),
];

/** Keys of the operator's own to AI providers; a provider without one is not there. */
const PROVIDER_ROWS: readonly SecretRow[] = PROVIDERS.flatMap(({ id, env }) =>
  env === null
    ? []
    : [env.apiKey, env.baseUrl].map((name) => ({
        name,
        workers: GATEWAY,
        required: false,
        origin: { kind: "given" as const, form: TEXT },
        what: `provider ${id}`,
      })),
);

export const SECRETS: readonly SecretRow[] = [...OWN_ROWS, ...PROVIDER_ROWS];
