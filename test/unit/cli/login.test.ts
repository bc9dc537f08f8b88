import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { credentialsPath } from "../../../cli/credentials.ts";
import { cliMachine, type CliMachine } from "../../support/cli-io.ts";

const KEY = `prism_mgmt_1${"s".repeat(49)}`;
const STARTED = {
  device_code: "d".repeat(43),
  user_code: "BCDF-GHJK",
  verification_uri: "https://prismaticapi.com/device",
  expires_in: 30,
  interval: 5,
};
const MADE = {
  id: "mgm_1",
  key: KEY,
  name: "prismatic CLI on laptop",
  organization_id: "org_1",
  permissions: ["keys.read"],
  expires_at: "2027-03-01T00:00:00.000Z",
};

let machine: CliMachine;
beforeEach(async () => {
  machine = await cliMachine({ PRISMATIC_URL: "https://example.test" });
});
afterEach(() => machine.remove());

const refuse = (code: string) =>
  Response.json({ code, detail: `It is ${code}.`, request_id: "req_1" }, { status: 400 });

/** A service that begins a login and answers the questions after it in turn, the last one for ever. */
function service(answers: readonly (() => Response)[]) {
  let asked = 0;
  const waitsMs: number[] = [];
  return {
    waitsMs,
    wait: (ms: number) => {
      waitsMs.push(ms);
      return Promise.resolve();
    },
    fetch: (request: Request): Promise<Response> => {
      if (request.url.endsWith("/auth/device")) return Promise.resolve(Response.json(STARTED, { status: 201 }));
      asked += 1;
      return Promise.resolve((answers[asked - 1] ?? answers.at(-1) ?? (() => refuse("none")))());
    },
  };
}

const path = () => credentialsPath({ env: {}, home: machine.home });

describe("login", () => {
  test("waits as long as it is told, more slowly when it is told so, and keeps the key for its owner alone", async () => {
    const { waitsMs, ...io } = service([
      () => refuse("authorization_pending"),
      () => refuse("slow_down"),
      () => Response.json(MADE),
    ]);
    const { exitCode, stdout, stderr } = await machine.run(["login"], io);
    expect([exitCode, waitsMs]).toEqual([0, [5_000, 5_000, 10_000]]);
    expect(stderr).toContain("https://prismaticapi.com/device");
    expect(stderr).toContain("BCDF-GHJK");
    expect(stdout + stderr).not.toContain(KEY);
    expect(JSON.parse(await readFile(path(), "utf8"))).toMatchObject({
      url: "https://example.test",
      management_key: KEY,
      organization_id: "org_1",
    });
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path()))).mode & 0o777).toBe(0o700);
  });

  test("gives up when the code has ended", async () => {
    const { waitsMs, ...io } = service([() => refuse("authorization_pending")]);
    const { exitCode, stderr } = await machine.run(["login"], io);
    expect([exitCode, waitsMs.length]).toEqual([4, 6]);
    expect(stderr).toContain("Nobody confirmed the code in time");
  });

  test.each(["access_denied", "expired_token"])("ends with %s at once", async (code) => {
    const { waitsMs, ...io } = service([() => refuse(code)]);
    const { exitCode } = await machine.run(["login"], io);
    expect([exitCode, waitsMs.length]).toEqual([4, 1]);
    await expect(stat(path())).rejects.toThrow("ENOENT");
  });

  test("a second time leaves the first key as it is", async () => {
    const io = service([() => Response.json(MADE)]);
    await machine.run(["login"], io);
    const again = await machine.run(["login"], io);
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining("'prismatic logout' first")]);
  });
});

describe("the kept key", () => {
  beforeEach(() => machine.run(["login"], service([() => Response.json(MADE)])));

  test("is not sent to another address than it is of", async () => {
    const asked: Request[] = [];
    const { exitCode, stderr } = await machine.run(["whoami"], {
      env: { PRISMATIC_URL: "https://elsewhere.test" },
      fetch: (request) => {
        asked.push(request);
        return Promise.resolve(Response.json({}));
      },
    });
    expect([exitCode, asked]).toEqual([3, []]);
    expect(stderr).toContain("https://example.test");
  });

  test.each([
    ["revoked at logout is forgotten", 204, 0, false],
    ["invalid already at logout is forgotten", 401, 0, false],
    ["that may still be valid is not forgotten", 503, 1, true],
  ])("%s", async (_, status, exitCode, stays) => {
    const fetch = () => Promise.resolve(new Response(null, { status }));
    expect((await machine.run(["logout"], { fetch })).exitCode).toBe(exitCode);
    const found = await stat(path()).then(
      () => true,
      () => false,
    );
    expect(found).toBe(stays);
  });

  test("in a damaged file is not guessed at", async () => {
    await chmod(path(), 0o600);
    await writeFile(path(), "{");
    const { exitCode, stderr } = await machine.run(["whoami"]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("is damaged")]);
  });

  test("lies below XDG_CONFIG_HOME where that is set", async () => {
    const config = join(machine.home, "xdg");
    mkdirSync(config);
    const env = { XDG_CONFIG_HOME: config, PRISMATIC_URL: "https://example.test" };
    await machine.run(["login"], { env, ...service([() => Response.json(MADE)]) });
    expect((await stat(join(config, "prismatic/credentials.json"))).isFile()).toBe(true);
  });
});

test.each([
  [{}, true, true],
  [{ NO_COLOR: "1" }, true, false],
  [{ TERM: "dumb" }, true, false],
  [{}, false, false],
])("with %j, on a terminal: %s, the code is bold: %s", async (env, isTerminal, isBold) => {
  const { stderr } = await machine.run(["login"], { env, isTerminal, ...service([() => refuse("access_denied")]) });
  expect(stderr.includes("\u001B[1m")).toBe(isBold);
});
