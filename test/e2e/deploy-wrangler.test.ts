import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builderOf } from "../../dev/deploy/builder.ts";
import { startCloudflareApi, type CloudflareApi } from "../support/deploy/cloudflare-api.ts";
import { DeployWorld, GIVEN } from "../support/deploy/deploy-world.ts";

/** Wrangler itself, with what is really built, against as much of Cloudflare's API as it asks for. */
const ROOT = resolve(import.meta.dirname, "../..");
const ARGUMENTS = ["--env", "production", "--yes"];
/** Each command of wrangler's starts a program of many megabytes. */
const DEPLOY_MS = 240_000;

let world: DeployWorld;
let api: CloudflareApi;

beforeAll(async () => {
  world = new DeployWorld({
    wrangler: { apiUrl: () => api.url },
    builder: (wrangler) => builderOf(ROOT, wrangler),
  });
  api = await startCloudflareApi(world.account);
});
afterAll(async () => {
  await api.stop();
  world.remove();
});

describe("with wrangler itself", () => {
  test(
    "a first deploy: secrets by stdin, the gateway with its objects, then the console",
    { timeout: DEPLOY_MS },
    async () => {
      const { exitCode, output } = await world.run(ARGUMENTS);
      expect(exitCode, output).toBe(0);
      const { workers, changes } = world.cloud;
      expect(changes.filter((change) => change.startsWith("deploy "))).toEqual([
        "deploy prismatic-gateway",
        "deploy prismatic-console",
      ]);
      const [gateway, control] = [workers["prismatic-gateway"], workers["prismatic-console"]];
      expect(gateway?.migrationTag).toBe("v2");
      expect([gateway?.hasTriggers, control?.hasTriggers]).toEqual([true, true]);
      expect(gateway?.secrets["KEY_PEPPERS"]).toBe(control?.secrets["KEY_PEPPERS"]);
      expect(gateway?.secrets["OPENAI_API_KEY"]).toBe(GIVEN.OPENAI_API_KEY);
      expect(control?.secrets).not.toHaveProperty("OPENAI_API_KEY");
    },
  );

  test("a rotation at one Worker, which alone is deployed anew, and back", { timeout: DEPLOY_MS }, async () => {
    expect((await world.run([...ARGUMENTS, "--rotate", "MAIL_KEY"])).exitCode).toBe(0);
    const { secrets } = world.cloud.workers["prismatic-console"] ?? {};
    expect(Object.keys(JSON.parse(secrets?.["MAIL_KEY"] ?? ""))).toEqual(["1", "2"]);
    expect(world.cloud.changes.filter((change) => change === "deploy prismatic-gateway")).toHaveLength(1);
    const { exitCode, output } = await world.run([...ARGUMENTS, "--rollback"]);
    expect(exitCode, output).toBe(0);
    expect(world.cloud.changes.slice(-1)).toEqual(["rollback prismatic-console"]);
    expect(world.cloud.workers["prismatic-console"]?.secrets).toEqual(secrets);
  });

  test("no secret stands in what was printed or kept", () => {
    const files = [...world.files.values()].join("\n");
    const seen = `${world.printed.join("\n")}\n${files}`;
    const held = Object.values(world.cloud.workers).flatMap(({ secrets }) => Object.values(secrets));
    const secrets = [...held, GIVEN.CLOUDFLARE_API_TOKEN, GIVEN.DATABASE_OWNER_URL, GIVEN.DEPLOY_PASSPHRASE];
    expect(secrets.filter((secret) => seen.includes(secret) && secret !== GIVEN.UPSTASH_REDIS_REST_URL)).toEqual([]);
    expect(readFileSync(resolve(ROOT, ".gitignore"), "utf8")).toContain(".deploy/");
  });
});
