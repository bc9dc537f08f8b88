import { afterEach, describe, expect, test, vi } from "vitest";
import { DeployWorld } from "../support/deploy/deploy-world.ts";

const ARGUMENTS = ["--env", "staging", "--yes"];
const [GATEWAY, CONSOLE] = ["prismatic-gateway-staging", "prismatic-console-staging"];
/** More than a deploy has of them. */
const MOMENTS_MAX = 200;

const worlds: DeployWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.remove();
});

function newWorld(): DeployWorld {
  const world = new DeployWorld();
  worlds.push(world);
  return world;
}

/** Each secret of each Worker, as often as it was set. */
function settings(world: DeployWorld): readonly string[] {
  return world.cloud.changes.flatMap((change) => {
    const [, worker, names] = /^secrets (\S+): (.*)$/.exec(change) ?? [];
    return names === undefined ? [] : names.split(" ").map((name) => `${worker} ${name}`);
  });
}

const deployments = (world: DeployWorld): readonly string[] =>
  world.cloud.changes.filter((change) => change.startsWith("deploy "));

function secret(world: DeployWorld, worker: string, name: string): string {
  return world.cloud.workers[worker]?.secrets[name] ?? "";
}

function expectWhole(world: DeployWorld): void {
  expect(secret(world, GATEWAY, "KEY_PEPPERS")).toBe(secret(world, CONSOLE, "KEY_PEPPERS"));
  for (const [worker, role] of [
    [GATEWAY, "gateway_app"],
    [CONSOLE, "console_app"],
  ] as const)
    expect(new URL(secret(world, worker, "DATABASE_URL")).password).toBe(world.database.passwords.get(role));
  expect(world.database.applications).toEqual(world.database.known);
}

/** Kills a run at every moment there is, or every n-th, one world each, and hands over what was left. */
async function everyKill(
  {
    every,
    prepare,
    argv,
  }: { every: number; prepare: (world: DeployWorld) => Promise<unknown>; argv: readonly string[] },
  judge: (world: DeployWorld, killAt: number) => Promise<void>,
): Promise<number> {
  for (let killAt = 1; killAt < MOMENTS_MAX; killAt += every) {
    const world = newWorld();
    await prepare(world);
    const { exitCode } = await world.run(argv, { killAt });
    if (exitCode === 0) return killAt - 1;
    await judge(world, killAt);
    world.remove();
  }
  throw new Error("a deploy has no end");
}

/** Hundreds of deploys: on a machine that is busy they take their time. */
vi.setConfig({ testTimeout: 180_000 });

describe("a deploy that is killed anywhere", () => {
  test("goes on where it stopped: the same end, and nothing done twice", async () => {
    const straight = newWorld();
    await straight.run(ARGUMENTS);
    const moments = await everyKill(
      { every: 1, prepare: () => Promise.resolve(), argv: ARGUMENTS },
      async (world, killAt) => {
        // Schema before code, at every moment.
        if (deployments(world).length > 0) expect(world.database.applied).toEqual(world.database.known);
        const { exitCode, output } = await world.run(ARGUMENTS);
        expect(exitCode, `${killAt}: ${output}`).toBe(0);
        expect(settings(world).toSorted()).toEqual(settings(straight).toSorted());
        expect(deployments(world)).toEqual(deployments(straight));
        expectWhole(world);
      },
    );
    expect(moments).toBeGreaterThan(30);
  });

  test("twice in a row, too", async () => {
    for (let step = 1; step < 12; step += 1) {
      const world = newWorld();
      await world.run(ARGUMENTS, { killAt: step * 4 });
      await world.run(ARGUMENTS, { killAt: step * 3 });
      expect((await world.run(ARGUMENTS)).exitCode).toBe(0);
      expect(new Set(settings(world)).size).toBe(settings(world).length);
      expect(deployments(world)).toHaveLength(2);
      expectWhole(world);
    }
  });

  test("finishes a rotation that was cut off, without being told to again", async () => {
    const rotation = [...ARGUMENTS, "--rotate", "KEY_PEPPERS", "--rotate", "DATABASE_URL"];
    await everyKill({ every: 3, prepare: (world) => world.run(ARGUMENTS), argv: rotation }, async (world, killAt) => {
      const { exitCode, output } = await world.run(ARGUMENTS);
      expect(exitCode, `${killAt}: ${output}`).toBe(0);
      expectWhole(world);
      const versions = Object.keys(JSON.parse(secret(world, GATEWAY, "KEY_PEPPERS")));
      expect([["1"], ["1", "2"]]).toContainEqual(versions);
    });
  });

  test("leaves the way back: what served before is on record before anything replaces it", async () => {
    const prepare = async (world: DeployWorld): Promise<void> => {
      await world.run(ARGUMENTS);
      world.source = "second";
    };
    await everyKill({ every: 3, prepare, argv: ARGUMENTS }, async (world) => {
      const former = [GATEWAY, CONSOLE].map((name) => world.cloud.workers[name]?.versions.findIndex(({ tag }) => tag));
      await world.run(ARGUMENTS);
      expect((await world.run(["--env", "staging", "--yes", "--rollback"])).exitCode).toBe(0);
      const serving = [GATEWAY, CONSOLE].map((name) => {
        const worker = world.cloud.workers[name];
        return worker?.versions.findIndex(({ id }) => id === worker.serving);
      });
      expect(serving).toEqual(former);
    });
  });
});

describe("two deploys at once", () => {
  test("of one machine to one environment: the second is refused", async () => {
    const world = newWorld();
    let second: number | null = null;
    const ask = async (): Promise<string> => {
      second = (await world.run(ARGUMENTS)).exitCode;
      return "staging";
    };
    expect((await world.run(["--env", "staging"], { ask })).exitCode).toBe(0);
    expect(second).toBe(2);
  });
});
