import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../../cli/commands.ts";
import { cliMachine, type CliMachine } from "../../support/cli-io.ts";

const KEY = `prism_mgmt_1${"k".repeat(49)}`;
let machine: CliMachine;

beforeAll(async () => {
  machine = await cliMachine({ PRISMATIC_MANAGEMENT_KEY: KEY });
});
afterAll(() => machine.remove());

/** A service that answers everything alike, and what it was asked. */
function service(status: number, body: unknown) {
  const requests: Request[] = [];
  const fetch = (request: Request): Promise<Response> => {
    requests.push(request);
    return Promise.resolve(
      new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } }),
    );
  };
  return { requests, fetch };
}

const problem = {
  type: "https://x.test",
  title: "No",
  status: 0,
  detail: "It is so.",
  code: "some_code",
  request_id: "req_1",
};

describe("help", () => {
  test("names every command, and every command explains itself", async () => {
    const { stdout, exitCode } = await machine.run([]);
    expect(exitCode).toBe(0);
    for (const command of COMMANDS) {
      expect(stdout).toContain(command.summary);
      const own = await machine.run([...command.words, "--help"]);
      expect([own.exitCode, own.stdout]).toEqual([0, expect.stringContaining(`prismatic ${command.words.join(" ")}`)]);
      for (const option of Object.keys(command.options)) expect(own.stdout).toContain(`--${option}`);
    }
  });

  test("tells who names half a command which there are", async () => {
    const { exitCode, stderr } = await machine.run(["keys"]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining("keys list, keys create, keys rotate, keys revoke"),
    ]);
  });
});

describe("what the service answers becomes an exit code:", () => {
  test.each([
    [400, 4],
    [401, 3],
    [403, 4],
    [404, 5],
    [409, 4],
    [429, 4],
    [500, 1],
    [503, 1],
  ])("%i ends with %i, its words on stderr and nothing on stdout", async (status, exitCode) => {
    const { fetch } = service(status, { ...problem, status });
    const result = await machine.run(["whoami"], { fetch });
    expect([result.exitCode, result.stdout]).toEqual([exitCode, ""]);
    expect(result.stderr).toContain("It is so.");
    expect(result.stderr).toContain("(request req_1)");
    const asJson = await machine.run(["whoami", "--json"], { fetch });
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: "some_code", request_id: "req_1" } });
  });

  test("something in between that is not ours is not quoted", async () => {
    const fetch = () => Promise.resolve(new Response("<html>\u001B[2J</html>", { status: 502 }));
    const { exitCode, stderr } = await machine.run(["whoami"], { fetch });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("status 502")]);
    expect(stderr).not.toContain("html");
  });

  test("no connection is 6, and what failed inside is not quoted", async () => {
    const fetch = () => Promise.reject(new TypeError(`fetch failed: ${KEY}`));
    const { exitCode, stderr } = await machine.run(["whoami"], { fetch });
    expect(exitCode).toBe(6);
    expect(stderr).not.toContain(KEY);
  });
});

describe("the key", () => {
  const answer = {
    id: "mgm_1",
    name: "CI\u001B[31m",
    organization: { id: "org_1", name: "Ours\u0007" },
    member_id: "mem_1",
    permissions: ["keys.read"],
    expires_at: null,
  };

  test("goes into the header alone, and no redirect takes it elsewhere", async () => {
    const { requests, fetch } = service(200, answer);
    const { stdout } = await machine.run(["whoami"], { fetch });
    const [request] = requests;
    expect(request?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
    expect([request?.url, request?.redirect]).toEqual(["https://prismaticapi.com/api/v1/management-key", "error"]);
    expect(stdout).not.toContain(KEY);
  });

  test("of names of others nothing steers the terminal", async () => {
    const { fetch } = service(200, answer);
    const { stdout } = await machine.run(["whoami"], { fetch });
    expect(stdout).toContain("Ours (org_1)");
    expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  test.each(["http://prismaticapi.com", "ftp://localhost", "nonsense", "https://user:pass@prismaticapi.com"])(
    "is not sent to %s",
    async (url) => {
      const { requests, fetch } = service(200, answer);
      const env = { PRISMATIC_MANAGEMENT_KEY: KEY, PRISMATIC_URL: url };
      expect((await machine.run(["whoami"], { fetch, env })).exitCode).toBe(2);
      expect(requests).toEqual([]);
    },
  );

  test("on the command line is refused before anything is asked, and is not repeated", async () => {
    const { requests, fetch } = service(200, answer);
    const { exitCode, stderr } = await machine.run(["whoami", KEY], { fetch });
    expect([exitCode, requests.length]).toEqual([2, 0]);
    expect(stderr).not.toContain(KEY);
  });
});

describe("wrong usage says what is right", () => {
  test.each([
    [["keys", "create"], "--name"],
    [["keys", "create", "--name", "A", "--mode", "prod"], "--mode takes live, test"],
    [["keys", "create", "--name", "A", "--budget", "1"], "--budget and --period"],
    [["keys", "create", "--name", "A", "--budget", "much", "--period", "day"], "an amount in USD"],
    [["keys", "create", "--name", "A", "--rpm", "0"], "--rpm is a whole number"],
    [["keys", "create", "--name", "A", "--expires", "tomorrow"], "--expires is a time"],
    [["keys", "create", "--name", "A", "--models", "a,,b"], "separated by commas"],
    [["keys", "rotate"], "it takes <key id>"],
    [["keys", "rotate", "key_1", "--overlap-seconds", "soon"], "--overlap-seconds"],
    [["whoami", "me"], "it takes no arguments"],
    [["keys", "list", "--name"], "Unknown option '--name'"],
  ])("%j", async (args, words) => {
    const { exitCode, stderr } = await machine.run(args, { fetch: () => Promise.reject(new Error("asked")) });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

test("a new key's options become its settings", async () => {
  const { requests, fetch } = service(403, problem);
  const args = ["--name", "All", "--mode", "test", "--budget", "2.5", "--period", "week", "--models", "a/b, c/d"];
  const more = ["--scopes", "inference", "--expires", "2027-01-31", "--rpm", "3", "--tags", "x", "--strict"];
  const env = { PRISMATIC_MANAGEMENT_KEY: KEY };
  const own = {
    id: "mgm_1",
    name: "",
    organization: { id: "org_1", name: "" },
    member_id: "",
    permissions: [],
    expires_at: null,
  };
  await machine.run(["keys", "create", ...args, ...more], {
    env,
    fetch: (request) => (request.method === "GET" ? Promise.resolve(Response.json(own)) : fetch(request)),
  });
  expect(new URL(requests[0]?.url ?? "").pathname).toBe("/api/v1/organizations/org_1/keys");
  expect(await requests[0]?.json()).toEqual({
    name: "All",
    mode: "test",
    budget: { limit_usd: "2.5", period: "week" },
    models: ["a/b", "c/d"],
    scopes: ["inference"],
    expires_at: "2027-01-31T00:00:00.000Z",
    requests_per_minute: 3,
    tags: ["x"],
    strict: true,
  });
});
