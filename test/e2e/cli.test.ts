import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { cliMachine, type CliMachine } from "../support/cli-io.ts";
import { call, chat } from "./support/client.ts";
import { ConsoleClient } from "./support/console-client.ts";
import { startWorld, until, type World } from "./support/world.ts";

let world: World;
let owner: ConsoleClient;
let org: string;
let env: Readonly<Record<string, string>>;
const machines: CliMachine[] = [];

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
  owner = new ConsoleClient(world.stack);
  await owner.join();
  org = String((await owner.post("/organizations", { name: "Shell" })).body["id"]);
  await world.credit(org, "5");
  env = { PRISMATIC_URL: world.stack.urls.console, PRISMATIC_GATEWAY_URL: world.url };
});
afterAll(async () => {
  await Promise.all(machines.map((machine) => machine.remove()));
  await world.stop();
});

async function newMachine(more: Readonly<Record<string, string>> = {}): Promise<CliMachine> {
  const machine = await cliMachine({ ...env, ...more });
  machines.push(machine);
  return machine;
}

/** Signs in: while the program waits, the person types the code that it shows into the browser, and answers. */
async function signIn(machine: CliMachine, answer: "approve" | "deny" = "approve") {
  let shown = "";
  const wait = async (): Promise<void> => {
    const code = /[B-Z]{4}-[B-Z]{4}/.exec(shown)?.[0] ?? "";
    const body = answer === "approve" ? { user_code: code, organization_id: org } : { user_code: code };
    const answered = await owner.post(`/auth/device/${answer}`, body);
    expect(answered.status, JSON.stringify(answered.body)).toBeLessThan(300);
  };
  const result = await machine.run(["login", "--json"], { stderr: (text) => (shown += text), wait });
  return { ...result, stderr: shown };
}

const parse = (text: string) => z.record(z.string(), z.unknown()).parse(JSON.parse(text));
const errorIn = (stderr: string) => parse(JSON.stringify(parse(stderr)["error"]));

test("from a device code to a revoked key, by the program alone", async () => {
  const machine = await newMachine();
  const signedIn = await signIn(machine);
  expect(signedIn.exitCode, signedIn.stderr).toBe(0);
  expect(signedIn.stderr).toContain(`${world.stack.siteUrl}/device`);
  const path = join(machine.home, ".config/prismatic/credentials.json");
  const { management_key: managementKey } = parse(await readFile(path, "utf8"));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(signedIn.stdout + signedIn.stderr).not.toContain(String(managementKey));
  const who = await machine.run(["whoami", "--json"]);
  expect(parse(who.stdout)).toMatchObject({
    name: "prismatic CLI on laptop",
    organization: { id: org, name: "Shell" },
  });
  // A key with a budget, with which the gateway is called.
  const made = await machine.run(["keys", "create", "--name", "Shell", "--budget", "1.50", "--period", "day"]);
  expect(made.exitCode, made.stderr).toBe(0);
  const key = made.stdout.trim();
  expect((await call(`${world.url}/chat/completions`, chat("From a shell"), { key })).status).toBe(200);
  const listed = await machine.run(["keys", "list"]);
  expect(listed.stdout).toMatch(/^ID .*\nkey_\w+ +Shell +prism_live_\w+…\w{4} +live +active +1\.500000000 USD \/ day/);
  expect(listed.stdout).not.toContain(key);
  // Rotated, and the old one revoked: the successor goes on.
  const id = /key_\w+/.exec(listed.stdout)?.[0] ?? "";
  const rotated = parse((await machine.run(["keys", "rotate", id, "--overlap-seconds", "3600", "--json"])).stdout);
  const successor = String(rotated["key"]);
  const revoked = await machine.run(["keys", "revoke", id]);
  expect([revoked.exitCode, revoked.stdout]).toEqual([0, expect.stringContaining(`${id} is revoked`)]);
  expect((await machine.run(["keys", "list", "--json"])).stdout).not.toContain(id);
  expect((await machine.run(["keys", "list", "--json", "--all"])).stdout).toContain(id);
  await until("the revoked key is refused", async () => {
    const { status } = await call(`${world.url}/chat/completions`, chat("Gone"), { key });
    return status === 401 ? status : null;
  });
  expect((await call(`${world.url}/chat/completions`, chat("Stays"), { key: successor })).status).toBe(200);
  // What was called is in the usage, once its receipt has been posted.
  const used = await until("the usage", async () => {
    const shown = await machine.run(["usage", "--by", "key", "--time-zone", "Asia/Kathmandu"]);
    return /\nall +2 /.test(shown.stdout) ? shown.stdout : null;
  });
  expect(used).toMatch(
    /^FROM \(Asia\/Kathmandu\) +KEY +CALLS +FAILED +TOKENS IN +TOKENS OUT +USD\n\d{4}-\d\d-\d\d +key_/,
  );
  expect(used).toMatch(/\nall +2 +0 +\d+ +\d+ +0\.\d{9}\n$/);
  const wrong = await machine.run(["usage", "--bucket", "year"]);
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("--bucket takes hour, day")]);
  // Signed out: the management key is revoked, and forgotten.
  expect((await machine.run(["logout"])).exitCode).toBe(0);
  await expect(stat(path)).rejects.toThrow("ENOENT");
  const after = await machine.run(["whoami"], { env: { ...env, PRISMATIC_MANAGEMENT_KEY: String(managementKey) } });
  expect([after.exitCode, after.stderr]).toEqual([3, expect.stringContaining("This management key is not valid.")]);
});

test("whoever turns the code down lets nobody in", async () => {
  const machine = await newMachine();
  const denied = await signIn(machine, "deny");
  expect([denied.exitCode, denied.stdout]).toEqual([4, ""]);
  expect((await machine.run(["whoami"])).exitCode).toBe(3);
});

test("credit and models are asked with an API key from the environment or from stdin", async () => {
  const { key } = await world.organization("7");
  const machine = await newMachine();
  const balance = await machine.run(["balance", "--json"], { env: { ...env, PRISMATIC_API_KEY: key } });
  expect(parse(balance.stdout)).toMatchObject({ currency: "USD", balance_usd: "7.000000000" });
  const piped = await machine.run(["balance", "--key-stdin"], { readStdin: () => Promise.resolve(`${key}\n`) });
  expect(piped.stdout).toMatch(/^balance +7\.000000000 USD\n/);
  const models = await machine.run(["models", "--search", "gpt-4o-mini"]);
  expect(models.stdout).toMatch(/^MODEL .*\n(.*\n)*openai\/gpt-4o-mini +openai +128000 +/);
});

test("a management key from the environment signs in without a file", async () => {
  const made = await owner.post(`/organizations/${org}/management-keys`, {
    name: "CI",
    permissions: ["keys.read", "keys.create"],
  });
  const machine = await newMachine({ PRISMATIC_MANAGEMENT_KEY: String(made.body["key"]) });
  expect((await machine.run(["keys", "list"])).exitCode).toBe(0);
  const refused = await machine.run(["keys", "create", "--name", "No", "--json"]);
  expect([refused.exitCode, errorIn(refused.stderr)["code"]]).toEqual([4, "key_permission_denied"]);
});

describe("ends with", () => {
  test.each([
    [2, "an unknown command", ["fly"], {}],
    [2, "an option that there is not", ["keys", "list", "--fast"], {}],
    [2, "a key on the command line", ["keys", "revoke", `prism_live_${"a".repeat(60)}`], {}],
    [3, "nobody signed in", ["keys", "list"], {}],
    [3, "a key that is none", ["whoami"], { PRISMATIC_MANAGEMENT_KEY: "prism_mgmt_nothing" }],
    [3, "no API key to ask with", ["balance"], {}],
    [6, "nobody who listens", ["models"], { PRISMATIC_GATEWAY_URL: "http://127.0.0.1:9/v1" }],
  ])("%i for %s", async (exitCode, _, args, more) => {
    const machine = await newMachine(more);
    const result = await machine.run(args);
    expect([result.exitCode, result.stdout], result.stderr).toEqual([exitCode, ""]);
    expect(result.stderr).toMatch(/^prismatic: .+\n$/);
  });

  test("5 for a key of nobody's, and 4 where the service says no", async () => {
    const made = await owner.post(`/organizations/${org}/management-keys`, {
      name: "CI",
      permissions: ["keys.read", "keys.update_own", "keys.update"],
    });
    const machine = await newMachine({ PRISMATIC_MANAGEMENT_KEY: String(made.body["key"]) });
    const missing = await machine.run(["keys", "revoke", "key_01h2xcejqtf2nbrexx3vqjhp41"]);
    expect([missing.exitCode, missing.stderr]).toEqual([5, expect.stringMatching(/\(request req_\w+\)/)]);
    expect((await machine.run(["keys", "revoke", "nonsense"])).exitCode).toBe(4);
  });

  test("the same as a process of its own", async () => {
    const machine = await newMachine();
    const main = resolve(import.meta.dirname, "../../cli/main.ts");
    const run = (args: readonly string[]) =>
      new Promise<[number, string]>((done) => {
        const child = execFile(
          process.execPath,
          [main, ...args],
          { env: { ...env, HOME: machine.home } },
          (_, stdout) => done([child.exitCode ?? -1, stdout]),
        );
      });
    expect(await run(["whoami"])).toEqual([3, ""]);
    expect(await run(["--help"])).toEqual([0, expect.stringContaining("keys create")]);
  });
});
