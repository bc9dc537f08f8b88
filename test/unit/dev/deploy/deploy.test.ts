import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DeployWorld, GIVEN } from "../../../support/deploy/deploy-world.ts";

const STAGING = ["--env", "staging", "--yes"];
const PRODUCTION = ["--env", "production", "--yes"];

let world: DeployWorld;
beforeEach(() => {
  world = new DeployWorld();
});
afterEach(() => {
  world.remove();
});

const deployments = (): readonly string[] => world.cloud.changes.filter((change) => change.startsWith("deploy "));

describe("a first deploy", () => {
  test("sets secrets, migrates, lets the roles in, and deploys the gateway before the console", async () => {
    const { exitCode, output } = await world.run(PRODUCTION);
    expect(exitCode, output).toBe(0);
    expect(output).toContain("Deployed to production.");
    expect(deployments()).toEqual(["deploy prismatic-gateway", "deploy prismatic-console"]);
    expect(world.database.applied).toEqual(world.database.known);
    expect([...world.database.passwords.keys()]).toEqual(["gateway_app", "console_app"]);
  });

  test("each Worker connects as its own role, to the owner's host", async () => {
    await world.run(PRODUCTION);
    const urls = ["prismatic-gateway", "prismatic-console"].map(
      (name) => new URL(world.cloud.workers[name]?.secrets["DATABASE_URL"] ?? ""),
    );
    expect(urls.map(({ username, hostname }) => [username, hostname])).toEqual([
      ["gateway_app", "ep-calm-1.neon.tech"],
      ["console_app", "ep-calm-1.neon.tech"],
    ]);
    expect(urls.map(({ password }) => password)).toEqual([...world.database.passwords.values()]);
  });

  test("environments share nothing: names, objects, secrets", async () => {
    await world.run(PRODUCTION);
    await world.run(STAGING);
    const { workers } = world.cloud;
    expect(Object.keys(workers).toSorted()).toEqual([
      "prismatic-console",
      "prismatic-console-staging",
      "prismatic-gateway",
      "prismatic-gateway-staging",
    ]);
    const [ours, theirs] = [workers["prismatic-console"]?.secrets, workers["prismatic-console-staging"]?.secrets];
    for (const name of ["KEY_PEPPERS", "AUTH_SECRET", "AUDIT_KEYS"]) expect(ours?.[name]).not.toBe(theirs?.[name]);
  });
});

describe("a second deploy", () => {
  test("of the same tree changes nothing, and still asks both Workers", async () => {
    await world.run(STAGING);
    const before = world.cloud.changes;
    const { exitCode, output } = await world.run(["--env", "staging"]);
    expect(exitCode).toBe(0);
    expect(world.cloud.changes).toEqual(before);
    expect(output).toContain("the gateway refuses a key that is none");
  });

  test("of another tree deploys both, and makes no secret and no login anew", async () => {
    await world.run(STAGING);
    const { secrets } = world.cloud.workers["prismatic-console-staging"] ?? {};
    world.source = "second";
    await world.run(STAGING);
    expect(deployments()).toHaveLength(4);
    expect(world.cloud.workers["prismatic-console-staging"]?.secrets).toEqual(secrets);
    expect(world.database.applications).toEqual(world.database.known);
  });

  test("finds out by itself what is there when the state is lost", async () => {
    await world.run(STAGING);
    const before = world.cloud.changes;
    const { unlinkSync } = await import("node:fs");
    unlinkSync(`${world.deployDir}/staging.json`);
    expect((await world.run(STAGING)).exitCode).toBe(0);
    expect(world.cloud.changes).toEqual(before);
  });
});

describe("what is refused before anything is changed", () => {
  test("production from a tree that is not committed", async () => {
    const { exitCode, output } = await world.run(PRODUCTION, { changes: [" M src/kernel/money.ts"] });
    expect(exitCode).toBe(2);
    expect(output).toContain("src/kernel/money.ts");
    expect(world.cloud.changes).toEqual([]);
    expect((await world.run([...PRODUCTION, "--allow-dirty"], { changes: [" M a"] })).exitCode).toBe(2);
    expect(world.cloud.changes).toEqual([]);
  });

  test("staging takes such a tree where it is told to", async () => {
    expect((await world.run(STAGING, { changes: [" M a"] })).exitCode).toBe(2);
    expect((await world.run([...STAGING, "--allow-dirty"], { changes: [" M a"] })).exitCode).toBe(0);
  });

  test("everything that is not given, named at once and before a build", async () => {
    const { exitCode, output } = await world.run(STAGING, { env: {} });
    expect(exitCode).toBe(2);
    for (const name of ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "DATABASE_OWNER_URL"])
      expect(output).toContain(`${name} is not set`);
    expect(output).not.toContain("built");
  });

  test("a token that does not reach the account", async () => {
    const { exitCode } = await world.run(STAGING, { env: { ...GIVEN, CLOUDFLARE_ACCOUNT_ID: "another" } });
    expect(exitCode).toBe(2);
    expect(world.cloud.changes).toEqual([]);
  });

  test("a plan that nobody agreed to", async () => {
    expect((await world.run(["--env", "production"])).exitCode).toBe(2);
    const ask = () => Promise.resolve("y");
    expect((await world.run(["--env", "production"], { ask })).exitCode).toBe(2);
    expect(world.cloud.changes).toEqual([]);
    const typed = () => Promise.resolve("production");
    expect((await world.run(["--env", "production"], { ask: typed })).exitCode).toBe(0);
  });

  test("a database that is ahead of the tree", async () => {
    world.database.applied = [...world.database.known, "0002_of_a_later_tree"];
    const { exitCode, output } = await world.run(STAGING);
    expect(exitCode).toBe(1);
    expect(output).toContain("the database is ahead");
    expect(world.cloud.changes).toEqual([]);
  });

  test("secrets that nobody is there to be asked for", async () => {
    const { RESEND_API_KEY: _, ...env } = GIVEN;
    const { exitCode, output } = await world.run(STAGING, { env });
    expect(exitCode, output).toBe(2);
    expect(output).toContain("RESEND_API_KEY");
    expect(world.cloud.changes).toEqual([]);
  });
});

describe("a deploy that does not answer as it should", () => {
  const broken: DeployWorld["answers"] = (url, init) =>
    url.endsWith("/v1/key") ? Promise.resolve(Response.json({ error: {} }, { status: 401 })) : world.answers(url, init);

  test("ends with code 3 and the command that goes back", async () => {
    await world.run(PRODUCTION);
    world.source = "second";
    const { exitCode, output } = await world.run(PRODUCTION, { fetch: broken });
    expect(exitCode).toBe(3);
    expect(output).toContain("the gateway refuses a key that is none: answers 401 in another form");
    expect(output).toContain("npm run deploy -- --env production --rollback");
    expect(output).not.toContain("Deployed to");
  });

  test("says of a first one that there is nothing to go back to", async () => {
    const { exitCode, output } = await world.run(PRODUCTION, { fetch: broken });
    expect(exitCode).toBe(3);
    expect(output).toContain("no version to go back to");
  });

  test("waits a bounded time for a certificate", async () => {
    const away = () => Promise.reject(new TypeError("fetch failed"));
    expect((await world.run(STAGING, { fetch: away })).exitCode).toBe(3);
    expect(world.slept).toBeLessThanOrEqual(300_000);
  });

  test("an internal route that is open is not right", async () => {
    const open: DeployWorld["answers"] = (url, init) =>
      url.includes("/internal/") ? Promise.resolve(Response.json({ applied: 0 })) : world.answers(url, init);
    expect((await world.run(STAGING, { fetch: open })).output).toContain("answers 200 instead of 404");
  });
});

describe("a deploy that Cloudflare breaks off after the upload", () => {
  test("has its addresses and cron made sure of, without a second upload", async () => {
    world.changeCloud((cloud) => (cloud.breaksAfterUpload = true));
    expect((await world.run(STAGING)).exitCode).toBe(1);
    expect(world.cloud.workers["prismatic-gateway-staging"]?.hasTriggers).toBe(false);
    world.changeCloud((cloud) => (cloud.breaksAfterUpload = false));
    const { exitCode, output } = await world.run(STAGING);
    expect(exitCode, output).toBe(0);
    expect(world.cloud.workers["prismatic-gateway-staging"]?.hasTriggers).toBe(true);
    expect(deployments()).toHaveLength(2);
  });
});

describe("--only", () => {
  test("takes one step alone", async () => {
    await world.run([...STAGING, "--only", "migrate"]);
    expect(world.database.applied).toEqual(world.database.known);
    expect(world.cloud.changes).toEqual([]);
  });
});

describe("--dry-run", () => {
  test("asks nothing, wants nothing, leaves no state, and shows what would be done", async () => {
    const { exitCode, output } = await world.run(["--dry-run"], { env: {} });
    expect(exitCode).toBe(0);
    expect(output).toContain("Plan for staging");
    expect(output).toMatch(/make KEY_PEPPERS for the gateway and the console/);
    expect(output).toMatch(/ask for RESEND_API_KEY for the console/);
    expect(output).toContain("0000_identifiers");
    expect(world.files.size).toBe(0);
    expect(world.cloud.calls.filter(({ argv }) => !argv.includes("--dry-run"))).toEqual([]);
  });
});
