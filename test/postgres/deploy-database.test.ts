import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loginUrl } from "../../dev/database/postgres-database.ts";
import { postgresPort, type DeployDatabase } from "../../dev/deploy/database.ts";
import { NOT_DURABLE, startCluster, type Cluster } from "./cluster.ts";

/** A cluster as Neon gives it: passwords are asked for, and the owner is no superuser but may make roles. */
const OWNER = "neondb_owner";
const PASSWORD = "password-of-the-owner";
const TIMEOUT_MS = 120_000;

let cluster: Cluster;
let superuser: Client;
let ownerUrl: string;
let database: DeployDatabase;

beforeAll(async () => {
  cluster = await startCluster(NOT_DURABLE);
  superuser = new Client({ connectionString: cluster.url });
  await superuser.connect();
  await superuser.query(`create role ${OWNER} login createrole createdb password '${PASSWORD}'`);
  await superuser.query(`create database prismatic owner ${OWNER}`);
  const rules = "host all prismatic_test 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
  writeFileSync(join(cluster.folder, "data", "pg_hba.conf"), rules);
  await superuser.query("select pg_reload_conf()");
  const url = new URL(loginUrl(cluster.url, OWNER, PASSWORD));
  url.pathname = "/prismatic";
  ownerUrl = url.href;
  database = await postgresPort.open(ownerUrl);
}, TIMEOUT_MS);
afterAll(async () => {
  await database.close();
  await superuser.end();
  cluster.stop();
});

describe("a deploy's database, as an owner who is no superuser", () => {
  test("takes every migration", { timeout: TIMEOUT_MS }, async () => {
    const { pending } = await database.status();
    expect(pending.length).toBeGreaterThan(10);
    expect(await database.migrate()).toEqual(pending);
    expect(await database.status()).toEqual({ pending: [], unknown: 0, changed: [] });
  });

  test("lets a role in with the password that was set last, and with no other", async () => {
    await expect(postgresPort.userOf(loginUrl(ownerUrl, "gateway_app", "any"))).rejects.toThrow("no Postgres lets");
    await database.allowLogin("gateway_app", "first");
    expect(await postgresPort.userOf(loginUrl(ownerUrl, "gateway_app", "first"))).toBe("gateway_app");
    await database.allowLogin("gateway_app", "it's the second");
    expect(await postgresPort.userOf(loginUrl(ownerUrl, "gateway_app", "it's the second"))).toBe("gateway_app");
    await expect(postgresPort.userOf(loginUrl(ownerUrl, "gateway_app", "first"))).rejects.toThrow(/^(?!.*first)/);
  });
});
