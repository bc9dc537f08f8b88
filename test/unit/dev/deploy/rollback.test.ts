import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DeployWorld, GIVEN } from "../../../support/deploy/deploy-world.ts";

const ARGUMENTS = ["--env", "production", "--yes"];
const ROLLBACK = [...ARGUMENTS, "--rollback"];
const NAMES = ["prismatic-gateway", "prismatic-console"] as const;

let world: DeployWorld;
beforeEach(() => {
  world = new DeployWorld();
});
afterEach(() => {
  world.remove();
});

const serving = (): readonly (string | undefined)[] => NAMES.map((name) => world.cloud.workers[name]?.serving);

async function deployTwice(): Promise<readonly (string | undefined)[]> {
  await world.run(ARGUMENTS);
  const first = serving();
  world.source = "second";
  await world.run(ARGUMENTS);
  expect(serving()).not.toEqual(first);
  return first;
}

describe("a rollback", () => {
  test("puts back what served before, the console first, and asks both", async () => {
    const first = await deployTwice();
    const { exitCode, output } = await world.run(ROLLBACK);
    expect(exitCode, output).toBe(0);
    expect(serving()).toEqual(first);
    expect(world.cloud.changes.slice(-2)).toEqual(["rollback prismatic-console", "rollback prismatic-gateway"]);
    expect(output).toContain("the gateway refuses a key that is none");
  });

  test("needs neither a clean tree nor the database", async () => {
    const first = await deployTwice();
    const { DATABASE_OWNER_URL: _, ...env } = GIVEN;
    expect((await world.run(ROLLBACK, { env, changes: [" M everything"] })).exitCode).toBe(0);
    expect(serving()).toEqual(first);
    expect(world.database.applied).toEqual(world.database.known);
  });

  test("skips what never answered as it should: two bad deploys in a row go back to the last good one", async () => {
    await world.run(ARGUMENTS);
    const good = serving();
    const away = () => Promise.reject(new TypeError("fetch failed"));
    for (const source of ["bad", "worse"]) {
      world.source = source;
      expect((await world.run(ARGUMENTS, { fetch: away })).exitCode).toBe(3);
    }
    expect((await world.run(ROLLBACK)).exitCode).toBe(0);
    expect(serving()).toEqual(good);
  });

  test("after a rotation keeps the new secrets: a version brings its own back with it", async () => {
    await world.run(ARGUMENTS);
    await world.run([...ARGUMENTS, "--rotate", "KEY_PEPPERS", "--rotate", "DATABASE_URL"]);
    world.source = "second";
    await world.run(ARGUMENTS);
    const now = NAMES.map((name) => world.cloud.workers[name]?.secrets);
    expect((await world.run(ROLLBACK)).exitCode).toBe(0);
    expect(NAMES.map((name) => world.cloud.workers[name]?.secrets)).toEqual(now);
  });

  test("to one named version touches that Worker alone", async () => {
    const [gateway = ""] = await deployTwice();
    const [, control] = serving();
    expect((await world.run([...ROLLBACK, gateway])).exitCode).toBe(0);
    expect(serving()).toEqual([gateway, control]);
    const unknown = "00000000-0000-0000-0000-000000000000";
    const { exitCode, output } = await world.run([...ROLLBACK, unknown]);
    expect(exitCode).toBe(2);
    expect(output).toContain("none of the ten newest versions");
  });

  test("of nothing is refused, and so is one that nobody agreed to", async () => {
    await world.run(ARGUMENTS);
    expect((await world.run(ROLLBACK)).output).toContain("no version from before is on record");
    world.source = "second";
    await world.run(ARGUMENTS);
    const before = serving();
    expect((await world.run(["--env", "production", "--rollback"])).exitCode).toBe(2);
    expect((await world.run([...ROLLBACK, "--dry-run"])).output).toContain("console: back to");
    expect(serving()).toEqual(before);
  });

  test("never goes to the empty Worker that held the first secrets, even where the state was lost on the way", async () => {
    await world.run([...ARGUMENTS, "--only", "secrets"]);
    rmSync(`${world.deployDir}/production.json`);
    expect((await world.run(ARGUMENTS)).exitCode).toBe(0);
    expect((await world.run(ROLLBACK)).output).toContain("no version from before is on record");
  });

  test("is over at the next deploy, which goes forward again", async () => {
    await deployTwice();
    await world.run(ROLLBACK);
    const { exitCode, output } = await world.run(ARGUMENTS);
    expect(exitCode, output).toBe(0);
    const tags = NAMES.map((name) => {
      const worker = world.cloud.workers[name];
      return worker?.versions.findIndex(({ id }) => id === worker.serving);
    });
    expect(tags).toEqual(NAMES.map((name) => (world.cloud.workers[name]?.versions.length ?? 0) - 1));
  });
});
