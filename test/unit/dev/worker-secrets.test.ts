import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PROVIDERS } from "#providers";
import { renderConfig } from "../../../dev/deploy/config.ts";
import { ENVIRONMENTS, WORKERS, type Worker } from "../../../dev/deploy/environments.ts";
import { SECRETS } from "../../../dev/deploy/secret-table.ts";

/** The names that a wrangler file asks for or sets: secrets that a deploy wants, and variables. */
function namesIn(file: string): string[] {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
  const required = /\[secrets\]\s+required = \[([^\]]*)\]/.exec(text)?.[1] ?? "";
  const secrets = [...required.matchAll(/"([A-Z_]+)"/g)].map(([, name]) => name ?? "");
  const variables = [...text.matchAll(/^([A-Z][A-Z_]+) = /gm)].map(([, name]) => name ?? "");
  return [...secrets, ...variables];
}

const gateway = namesIn("wrangler.toml");
const control = namesIn("workers/console/wrangler.toml");
const providerSecrets = PROVIDERS.flatMap(({ env }) => (env === null ? [] : Object.values(env).flat()));

const isProviders = (name: string): boolean =>
  providerSecrets.includes(name) ||
  name === "BYOK_PRIVATE_KEYS" ||
  /^(OPENAI|ANTHROPIC|GOOGLE|AWS)_(?!CLIENT_)/.test(name);
const isControls = (name: string): boolean =>
  /^(AUTH|PASSWORD|MAIL|AUDIT|DOOR|INTERNAL|STRIPE|PAYPAL|RESEND|UPSTASH|GOOGLE_CLIENT|GITHUB_CLIENT)_/.test(name);
/** Not the variables that the files set themselves. */
const isSecret = (name: string): boolean => !["ENVIRONMENT", "SITE_URL", "MAIL_FROM", "LEAK_REPORTERS"].includes(name);

describe("least privilege of the Workers' configuration", () => {
  test("is read: both have a database of their own role", () => {
    expect(gateway).toContain("DATABASE_URL");
    expect(control).toContain("DATABASE_URL");
    expect(providerSecrets).toContain("OPENAI_API_KEY");
  });

  test("the console holds no provider's secret", () => {
    expect(control.filter(isProviders)).toEqual([]);
    expect(["OPENAI_API_KEY", "DATABASE_URL"].filter(isProviders)).toEqual(["OPENAI_API_KEY"]);
  });

  test("the gateway holds no secret of sessions, mail, payments or the audit log", () => {
    expect(gateway.filter(isControls)).toEqual([]);
    expect(control.filter(isControls).length).toBeGreaterThan(5);
  });

  test("a deploy sets what each file asks for, all of it, and no secret of the other Worker's", () => {
    const handed = (worker: Worker): readonly string[] =>
      SECRETS.filter(({ workers }) => workers.includes(worker)).map(({ name }) => name);
    const required = (worker: Worker): readonly string[] =>
      SECRETS.filter((row) => row.required && row.workers.includes(worker)).map(({ name }) => name);
    expect(required("gateway")).toEqual(expect.arrayContaining(["DATABASE_URL", "KEY_PEPPERS"]));
    for (const [worker, names] of [
      ["gateway", gateway],
      ["console", control],
    ] as const)
      expect(names.filter((name) => isSecret(name) && !required(worker).includes(name))).toEqual([]);
    expect(handed("console").filter(isProviders)).toEqual([]);
    expect(handed("gateway").filter(isControls)).toEqual([]);
    expect(
      handed("gateway")
        .filter((name) => handed("console").includes(name))
        .toSorted(),
    ).toEqual(["DATABASE_URL", "KEY_PEPPERS"]);
  });

  test("what they share is the database's address and the peppers of keys", () => {
    expect(gateway.filter((name) => control.includes(name)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "DATABASE_URL",
      "ENVIRONMENT",
      "KEY_PEPPERS",
    ]);
  });
});

describe("a rendered configuration", () => {
  const source = {
    name: "prismatic-console",
    main: "index.ts",
    env: { other: {} },
    durable_objects: { bindings: [{ name: "ACCOUNT", class_name: "Account", script_name: "prismatic-gateway" }] },
    vars: { ENVIRONMENT: "production", SITE_URL: "https://prismaticapi.com", BYOK_SEALING_KEY: "", MAIL_FROM: "a@b.c" },
    secrets: { required: ["DATABASE_URL"] },
  };

  test("of staging has staging's names, addresses and objects, and production's strictness", () => {
    const config = renderConfig(source, "console", ENVIRONMENTS.staging);
    expect(config).toMatchObject({
      name: "prismatic-console-staging",
      durable_objects: { bindings: [{ name: "ACCOUNT", script_name: "prismatic-gateway-staging" }] },
      routes: [{ pattern: "console.staging.prismaticapi.com", custom_domain: true }],
      vars: { ENVIRONMENT: "production", SITE_URL: "https://staging.prismaticapi.com" },
      secrets: { required: ["DATABASE_URL"] },
    });
    expect(config).not.toHaveProperty("env");
    // A deploy sets it as a secret, which this would overwrite with nothing.
    expect(config["vars"]).not.toHaveProperty("BYOK_SEALING_KEY");
  });

  test("no two environments or Workers share a name or an address", () => {
    const all = Object.values(ENVIRONMENTS);
    for (const pick of ["scripts", "hosts"] as const) {
      const names = all.flatMap((environment) => WORKERS.map((worker) => environment[pick][worker]));
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
