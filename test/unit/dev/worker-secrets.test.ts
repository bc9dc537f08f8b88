import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PROVIDERS } from "#providers";

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

describe("least privilege of the Workers' configuration", () => {
  test("is read: both have a database of their own role", () => {
    expect(gateway).toContain("DATABASE_URL");
    expect(control).toContain("DATABASE_URL");
    expect(providerSecrets).toContain("OPENAI_API_KEY");
  });

  test("the console holds no provider's secret", () => {
    const isProviders = (name: string): boolean =>
      providerSecrets.includes(name) || name === "BYOK_PRIVATE_KEYS" || /^(OPENAI|ANTHROPIC|GOOGLE|AWS)_/.test(name);
    expect(control.filter(isProviders)).toEqual([]);
    expect(["OPENAI_API_KEY", "DATABASE_URL"].filter(isProviders)).toEqual(["OPENAI_API_KEY"]);
  });

  test("the gateway holds no secret of sessions, mail, payments or the audit log", () => {
    const isControls = (name: string): boolean =>
      /^(AUTH|PASSWORD|MAIL|AUDIT|DOOR|INTERNAL|STRIPE|PAYPAL|RESEND|UPSTASH)_/.test(name);
    expect(gateway.filter(isControls)).toEqual([]);
    expect(control.filter(isControls).length).toBeGreaterThan(5);
  });

  test("what they share is the database's address and the peppers of keys", () => {
    expect(gateway.filter((name) => control.includes(name)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "DATABASE_URL",
      "ENVIRONMENT",
      "KEY_PEPPERS",
    ]);
  });
});
