import { statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { subjectNames } from "#abuse";
import { parseAuditKeys } from "#audit";
import { parseOpeningKeys, parsePeppers, parseSealingKey } from "#keys";
import { parseMailKeys } from "#notify";
import { childEnvironment } from "../../../../dev/deploy/child-environment.ts";
import { SECRETS } from "../../../../dev/deploy/secret-table.ts";
import { DeployWorld, GIVEN } from "../../../support/deploy/deploy-world.ts";
import { draftWorker } from "../../../support/deploy/fake-cloud.ts";

const ARGUMENTS = ["--env", "staging", "--yes"];
const [GATEWAY, CONSOLE] = ["prismatic-gateway-staging", "prismatic-console-staging"];

let world: DeployWorld;
beforeEach(() => {
  world = new DeployWorld();
});
afterEach(() => {
  world.remove();
});

const secretsOf = (worker: string): Readonly<Record<string, string>> => world.cloud.workers[worker]?.secrets ?? {};
const rotate = (name: string) => world.run([...ARGUMENTS, "--rotate", name]);

/** Every value that must be seen nowhere: what was given, what was made, and what is inside of it. */
function everySecret(): readonly string[] {
  const { CLOUDFLARE_ACCOUNT_ID: _, UPSTASH_REDIS_REST_URL: _url, DATABASE_OWNER_URL, ...given } = GIVEN;
  const held = [GATEWAY, CONSOLE].flatMap((name) => Object.entries(secretsOf(name)));
  const values = held.flatMap(([name, value]) => (name === "UPSTASH_REDIS_REST_URL" ? [] : [value]));
  const inner = values.flatMap((value) => [...value.matchAll(/[\w-]{40,}/g)].map(([text]) => text));
  return [...Object.values(given), DATABASE_OWNER_URL, "canary-owner-password", ...values, ...inner];
}

describe("where secrets are seen", () => {
  test("canary: in no argument, no output, no state and no environment of a child, whatever happens", async () => {
    await world.run(ARGUMENTS);
    for (const name of ["KEY_PEPPERS", "INTERNAL_TOKEN", "DATABASE_URL", "RESEND_API_KEY"]) await rotate(name);
    world.database.passwords.clear();
    await rotate("DATABASE_URL");
    world.source = "second";
    await world.run(ARGUMENTS, { fetch: () => Promise.reject(new Error(JSON.stringify(GIVEN))) });
    world.changeCloud((cloud) => delete cloud.workers[CONSOLE]?.secrets["AUTH_SECRET"]);
    await world.run(ARGUMENTS);

    const { calls } = world.cloud;
    const seen = [
      ...calls.flatMap(({ argv }) => argv),
      ...world.printed,
      ...world.files.keys(),
      ...world.files.values(),
    ].join("\n");
    const secrets = everySecret();
    expect(secrets.length).toBeGreaterThan(25);
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
    const names = new Set(calls.flatMap(({ env }) => env));
    expect([...names].filter((name) => /DATABASE|UPSTASH|RESEND|OPENAI|PASSPHRASE/.test(name))).toEqual([]);
  });

  test("an error that quotes what it was given is shown without it", async () => {
    const { output } = await world.run(ARGUMENTS, {
      fetch: () => Promise.reject(new Error("never")),
      ask: () => Promise.reject(new Error(`asked with ${GIVEN.CLOUDFLARE_API_TOKEN} and ${GIVEN.DATABASE_OWNER_URL}`)),
      env: { ...GIVEN, RESEND_API_KEY: "" },
    });
    expect(output).toContain("asked with [secret] and [secret]");
  });

  test("files of a deploy are the deployer's alone", async () => {
    await world.run(ARGUMENTS);
    expect([...world.files.keys()].toSorted()).toEqual(["staging.json", "staging.vault.json"]);
    for (const name of world.files.keys()) expect(statSync(`${world.deployDir}/${name}`).mode & 0o777).toBe(0o600);
  });

  test("a dry run gives wrangler no credentials", () => {
    expect(Object.keys(childEnvironment(GIVEN, true)).filter((name) => /TOKEN|ACCOUNT|KEY/.test(name))).toEqual([]);
    expect(childEnvironment(GIVEN, false)).toMatchObject({ CLOUDFLARE_API_TOKEN: GIVEN.CLOUDFLARE_API_TOKEN });
  });

  test("--reveal prints one secret, alone, to who has the passphrase", async () => {
    await world.run(ARGUMENTS);
    const { output } = await world.run(["--env", "staging", "--reveal", "AUDIT_KEYS"]);
    expect(output).toBe(secretsOf(CONSOLE)["AUDIT_KEYS"]);
    const env = { ...GIVEN, DEPLOY_PASSPHRASE: "another passphrase than that" };
    const refused = await world.run(["--env", "staging", "--reveal", "AUDIT_KEYS"], { env });
    expect(refused.exitCode).toBe(2);
    expect(refused.output).toContain("does not open");
    expect((await world.run(["--env", "staging", "--reveal", "RESEND_API_KEY"])).exitCode).toBe(2);
  });
});

describe("what is set", () => {
  test("both Workers have the same pepper, and of everything else only what is theirs", async () => {
    await world.run(ARGUMENTS);
    expect(secretsOf(GATEWAY)["KEY_PEPPERS"]).toBe(secretsOf(CONSOLE)["KEY_PEPPERS"]);
    const shared = Object.keys(secretsOf(GATEWAY)).filter((name) => name in secretsOf(CONSOLE));
    expect(shared.toSorted()).toEqual(["DATABASE_URL", "KEY_PEPPERS"]);
    expect(Object.keys(secretsOf(GATEWAY)).toSorted()).toEqual([
      "BYOK_PRIVATE_KEYS",
      "DATABASE_URL",
      "KEY_PEPPERS",
      "OPENAI_API_KEY",
    ]);
  });

  test("the Workers' own readers take every value that is made", async () => {
    await world.run(ARGUMENTS);
    const { AUDIT_KEYS, MAIL_KEY, PASSWORD_PEPPERS, DOOR_SECRET, AUTH_SECRET, INTERNAL_TOKEN } = secretsOf(CONSOLE);
    expect((await parsePeppers(secretsOf(GATEWAY)["KEY_PEPPERS"] ?? "")).current).toBe("1");
    expect(parseAuditKeys(AUDIT_KEYS ?? "").newest).toBe(1);
    expect(parseMailKeys(MAIL_KEY ?? "").current).toBe("1");
    expect(PASSWORD_PEPPERS).toMatch(/^\{"1":"[\w-]{43}"\}$/);
    expect(subjectNames(DOOR_SECRET ?? "")).toBeTypeOf("function");
    expect([AUTH_SECRET?.length, INTERNAL_TOKEN?.length]).toEqual([43, 43]);
    expect([...(await parseOpeningKeys(secretsOf(GATEWAY)["BYOK_PRIVATE_KEYS"] ?? "")).keys()]).toEqual(["k1"]);
    expect((await parseSealingKey(secretsOf(CONSOLE)["BYOK_SEALING_KEY"] ?? "")).id).toBe("k1");
    expect(secretsOf(CONSOLE)["BYOK_SEALING_KEY"]).not.toContain('"d"');
  });

  test("what is there already is never overwritten, whatever the environment says", async () => {
    await world.run(ARGUMENTS);
    const before = [secretsOf(GATEWAY), secretsOf(CONSOLE)];
    const env = { ...GIVEN, RESEND_API_KEY: "re_another", KEY_PEPPERS: '{"9":"x"}', INTERNAL_TOKEN: "" };
    expect((await world.run(ARGUMENTS, { env })).exitCode).toBe(0);
    expect([secretsOf(GATEWAY), secretsOf(CONSOLE)]).toEqual(before);
  });

  test("what somebody set by hand stays, and only what lacks is added", async () => {
    await world.run(ARGUMENTS);
    world.changeCloud((cloud) => {
      const secrets = cloud.workers[CONSOLE]?.secrets ?? {};
      secrets["AUTH_SECRET"] = "set by hand";
      delete secrets["MAIL_KEY"];
    });
    const before = world.cloud.changes.length;
    await world.run(ARGUMENTS);
    expect(secretsOf(CONSOLE)["AUTH_SECRET"]).toBe("set by hand");
    expect(world.cloud.changes[before]).toBe(`secrets ${CONSOLE}: MAIL_KEY`);
  });

  test("a shared one that somebody else set on one Worker is not guessed for the other", async () => {
    world.changeCloud((cloud) => {
      const secrets = { KEY_PEPPERS: "unknown" };
      cloud.workers[GATEWAY] = { ...draftWorker(), secrets };
    });
    const { exitCode, output } = await world.run(ARGUMENTS);
    expect(exitCode).toBe(2);
    expect(output).toContain("KEY_PEPPERS is on the gateway and not in the vault");
    expect(secretsOf(GATEWAY)).toEqual({ KEY_PEPPERS: "unknown" });
    const env = { ...GIVEN, KEY_PEPPERS: "unknown" };
    expect((await world.run(ARGUMENTS, { env })).exitCode).toBe(0);
    expect(secretsOf(CONSOLE)["KEY_PEPPERS"]).toBe("unknown");
  });

  test("a shared one of which the vault has another value is refused", async () => {
    await world.run(ARGUMENTS);
    world.changeCloud((cloud) => delete cloud.workers[CONSOLE]?.secrets["KEY_PEPPERS"]);
    const { unlinkSync } = await import("node:fs");
    unlinkSync(`${world.deployDir}/staging.json`);
    const { exitCode, output } = await world.run(ARGUMENTS);
    expect(exitCode).toBe(2);
    expect(output).toContain("not on record");
    expect(secretsOf(CONSOLE)).not.toHaveProperty("KEY_PEPPERS");
  });

  test("what is asked for is asked once, hidden, and checked", async () => {
    const questions: string[] = [];
    const ask = (question: string, { hidden }: { readonly hidden: boolean }): Promise<string> => {
      questions.push(`${question}${hidden ? "(hidden)" : ""}`);
      return Promise.resolve(question.startsWith("RESEND") ? "re_typed_by_hand" : "nonsense");
    };
    const env = { ...GIVEN, RESEND_API_KEY: undefined };
    expect((await world.run(ARGUMENTS, { env, ask })).exitCode).toBe(0);
    expect(questions).toEqual(["RESEND_API_KEY (Resend's key, that mail goes out): (hidden)"]);
    expect(secretsOf(CONSOLE)["RESEND_API_KEY"]).toBe("re_typed_by_hand");
    const other = new DeployWorld();
    const bad = await other.run(ARGUMENTS, { env: { ...GIVEN, UPSTASH_REDIS_REST_URL: "http://elsewhere" } });
    expect(bad.exitCode).toBe(2);
    expect(bad.output).toContain("UPSTASH_REDIS_REST_URL is not Upstash's REST address");
    expect(other.cloud.changes).toEqual([]);
    other.remove();
  });
});

describe("--rotate", () => {
  test("adds a version to what has versions, on both Workers, the gateway first", async () => {
    await world.run(ARGUMENTS);
    const old: Record<string, string> = JSON.parse(secretsOf(CONSOLE)["KEY_PEPPERS"] ?? "");
    const before = world.cloud.changes.length;
    expect((await rotate("KEY_PEPPERS")).exitCode).toBe(0);
    expect(world.cloud.changes.slice(before, before + 2)).toEqual([
      `secrets ${GATEWAY}: KEY_PEPPERS`,
      `secrets ${CONSOLE}: KEY_PEPPERS`,
    ]);
    const now: Record<string, string> = JSON.parse(secretsOf(CONSOLE)["KEY_PEPPERS"] ?? "");
    expect(now).toEqual({ ...old, 2: now["2"] });
    expect(secretsOf(GATEWAY)["KEY_PEPPERS"]).toBe(secretsOf(CONSOLE)["KEY_PEPPERS"]);
    expect((await parsePeppers(JSON.stringify(now))).current).toBe("2");
  });

  test("numbers AUDIT_KEYS beyond nine, and gives BYOK_PRIVATE_KEYS another id", async () => {
    await world.run(ARGUMENTS);
    for (let turn = 0; turn < 10; turn += 1) await rotate("AUDIT_KEYS");
    expect(parseAuditKeys(secretsOf(CONSOLE)["AUDIT_KEYS"] ?? "").newest).toBe(11);
    await rotate("BYOK_PRIVATE_KEYS");
    const keys = await parseOpeningKeys(secretsOf(GATEWAY)["BYOK_PRIVATE_KEYS"] ?? "");
    expect([...keys.keys()]).toEqual(["k1", "k2"]);
    // The console seals to a key only when the gateway can open it.
    expect((await parseSealingKey(secretsOf(CONSOLE)["BYOK_SEALING_KEY"] ?? "")).id).toBe("k2");
    const handed = world.cloud.changes.filter((change) => change.includes(" BYOK_") && !change.includes("KEY_PEPPERS"));
    expect(handed).toEqual([`secrets ${GATEWAY}: BYOK_PRIVATE_KEYS`, `secrets ${CONSOLE}: BYOK_SEALING_KEY`]);
    expect((await rotate("BYOK_SEALING_KEY")).output).toContain("it follows from BYOK_PRIVATE_KEYS");
  });

  test("goes from 9 to A where a version is one character", async () => {
    await world.run(ARGUMENTS);
    for (let turn = 0; turn < 9; turn += 1) await rotate("MAIL_KEY");
    expect(parseMailKeys(secretsOf(CONSOLE)["MAIL_KEY"] ?? "").current).toBe("A");
  });

  test("changes a role's password in the database and at the Worker", async () => {
    await world.run(ARGUMENTS);
    const before = world.database.passwords.get("gateway_app");
    await rotate("DATABASE_URL");
    const after = world.database.passwords.get("gateway_app");
    expect(after).not.toBe(before);
    expect(new URL(secretsOf(GATEWAY)["DATABASE_URL"] ?? "").password).toBe(after);
  });

  test("does not touch AUTH_SECRET, under which second factors are sealed, nor what there is not", async () => {
    await world.run(ARGUMENTS);
    const before = world.cloud.changes;
    const { exitCode, output } = await rotate("AUTH_SECRET");
    expect(exitCode).toBe(2);
    expect(output).toContain("second factors");
    expect((await rotate("NO_SUCH")).exitCode).toBe(2);
    expect(world.cloud.changes).toEqual(before);
  });
});

describe("the table of secrets", () => {
  test("knows every provider's variables for the gateway alone", () => {
    const providers = SECRETS.filter(({ what }) => what.startsWith("provider "));
    expect(providers.length).toBeGreaterThan(40);
    for (const { workers } of providers) expect(workers).toEqual(["gateway"]);
  });

  test("names each secret once", () => {
    const names = SECRETS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
