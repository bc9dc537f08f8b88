import type { Server } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { AWAY_MS, createDoorkeeper, DOORS, LocalLimiter, subjectNames, type Door, type Doorkeeper } from "#abuse";
import { createRedisBridge } from "../../dev/redis-bridge/bridge.ts";
import { connectRedis, type RedisCommands } from "../../dev/redis-bridge/commands.ts";
import { listen } from "../../dev/stack/listen.ts";
import { UPSTASH_CALL_MS, UpstashLimiter } from "../../workers/console/doors/upstash-limiter.ts";
import { startRedis, type RedisServer } from "../support/redis-server.ts";
import { attemptAt, publicDoors } from "../unit/abuse/doors/attempts.ts";

const TOKEN = "a-token-of-enough-length";
const SECRET = Buffer.alloc(32, 7).toString("base64");
/** In the middle of every window of the policy: the library weighs the window before by how much of it is in sight. */
const MIDDAY_MS = Date.UTC(2026, 10, 30, 12, 7, 30);
const DAY_MS = 86_400_000;
const CALLS_AT_ONCE = 64;
const PATIENT_CALL_MS = 30_000;
/** Beyond the limiter's own bound: what a busy machine needs to notice that it has passed. */
const SLACK_MS = 1_500;

let redis: RedisServer;
let commands: RedisCommands;
let bridge: Server;
let url: string;

beforeAll(async () => {
  redis = await startRedis();
  commands = await connectRedis(redis.port);
  bridge = createRedisBridge({ redis: commands, token: TOKEN });
  url = `http://127.0.0.1:${await listen(bridge, 0, "Redis bridge")}`;
});
afterAll(async () => {
  bridge.closeAllConnections();
  bridge.close();
  commands.close();
  await redis.stop();
});
beforeEach(async () => {
  // The library asks the real clock; nothing else here does.
  vi.useFakeTimers({ toFake: ["Date"], now: MIDDAY_MS });
  await commands.run([["FLUSHALL"]], false);
});
afterEach(() => {
  vi.useRealTimers();
});

const limiterAt = (at: string = url, token: string = TOKEN) => new UpstashLimiter({ url: at, token });
/** For what is about counting: a busy machine is no reason to count otherwise. */
const patientLimiter = () => new UpstashLimiter({ url, token: TOKEN, callMs: PATIENT_CALL_MS });

function keeperOf(limiter: UpstashLimiter = limiterAt()): { readonly keeper: Doorkeeper; readonly away: Door[] } {
  const away: Door[] = [];
  const onAway = (door: Door) => void away.push(door);
  const parts = { limiter, fallback: new LocalLimiter(), nameSubject: subjectNames(SECRET), onAway };
  return { keeper: createDoorkeeper(parts), away };
}

const readAll = async (...command: string[]): Promise<unknown> => {
  const [answer] = await commands.run([command], false);
  if (answer === undefined || "error" in answer) throw new Error("Redis refused");
  return answer.result;
};
const readKeys = async (): Promise<string[]> => {
  const keys = await readAll("KEYS", "*");
  return Array.isArray(keys) ? keys.map(String) : [];
};

describe("the real library on a real Redis", () => {
  test(`lets just the limit pass of ${CALLS_AT_ONCE} attempts at once, from several isolates`, async () => {
    const limit = { attempts: 10, windowMs: DAY_MS };
    const isolates = [patientLimiter(), patientLimiter(), patientLimiter()];
    const verdicts = await Promise.all(
      Array.from({ length: CALLS_AT_ONCE }, (_, call) =>
        isolates[call % isolates.length]?.take("name", limit, Date.now()),
      ),
    );
    expect(verdicts.filter((verdict) => verdict?.ok)).toHaveLength(limit.attempts);
    const refused = verdicts.filter((verdict) => !verdict?.ok);
    expect(refused).toHaveLength(CALLS_AT_ONCE - limit.attempts);
    for (const verdict of refused) expect(verdict).toEqual({ ok: false, retryAfterMs: DAY_MS - (MIDDAY_MS % DAY_MS) });
  });

  test("counts names apart, and the same name again once the window is behind it", async () => {
    const limit = { attempts: 2, windowMs: 60_000 };
    const limiter = patientLimiter();
    const take = async (name: string): Promise<boolean> => (await limiter.take(name, limit, Date.now())).ok;
    expect([await take("a"), await take("a"), await take("a"), await take("b")]).toEqual([true, true, false, true]);
    vi.setSystemTime(MIDDAY_MS + 2 * limit.windowMs);
    expect(await take("a")).toBe(true);
  });

  test("never lets more than the limit pass in a window that begins anew, whatever the one before had", async () => {
    const limit = { attempts: 10, windowMs: 60_000 };
    const limiter = patientLimiter();
    const start = MIDDAY_MS - (MIDDAY_MS % limit.windowMs) + limit.windowMs;
    let passed = 0;
    for (const atMs of [start - 1_000, start, start + 1_000, start + 29_000]) {
      vi.setSystemTime(atMs);
      const verdicts = await Promise.all(Array.from({ length: 20 }, () => limiter.take("a", limit, atMs)));
      passed += verdicts.filter(({ ok }) => ok).length;
    }
    // Ten at the end of the first window; of the next no more than has gone out of sight by then, and one of rounding.
    expect(passed).toBeGreaterThan(limit.attempts);
    expect(passed).toBeLessThanOrEqual(limit.attempts + Math.ceil((limit.attempts * 29) / 60) + 1);
  });

  test("goes on after Redis forgot its scripts", async () => {
    const limit = { attempts: 2, windowMs: DAY_MS };
    expect((await patientLimiter().take("a", limit, MIDDAY_MS)).ok).toBe(true);
    await commands.run([["SCRIPT", "FLUSH"]], false);
    expect((await patientLimiter().take("a", limit, MIDDAY_MS)).ok).toBe(true);
    expect((await patientLimiter().take("a", limit, MIDDAY_MS)).ok).toBe(false);
  });

  test.each(publicDoors)("%s holds at 64 attempts of one host at once", async (door) => {
    const { keeper, away } = keeperOf(patientLimiter());
    const { attempts } = DOORS[door].limits.host;
    let passed = 0;
    for (let call = 0; call < attempts + CALLS_AT_ONCE; call += CALLS_AT_ONCE) {
      const verdicts = await Promise.all(
        Array.from({ length: CALLS_AT_ONCE }, (_, index) =>
          attemptAt(keeper, door, { address: `a${call + index}@example.test`, account: `o${call + index}` }, MIDDAY_MS),
        ),
      );
      passed += verdicts.filter(({ ok }) => ok).length;
    }
    expect(passed).toBe(attempts);
    expect(away).toEqual([]);
  });

  test("has neither address nor account in it, and every key goes by itself", async () => {
    const { keeper } = keeperOf(patientLimiter());
    for (const door of publicDoors) {
      await attemptAt(
        keeper,
        door,
        { clientIp: "203.0.113.77", address: "ada@example.test", account: "org_1" },
        MIDDAY_MS,
      );
    }
    const keys = await readKeys();
    expect(keys.length).toBe(publicDoors.reduce((sum, door) => sum + Object.keys(DOORS[door].limits).length, 0));
    for (const key of keys) {
      expect(key).toMatch(/^prismatic:\d+\/\d+:[a-z_]+:(?:host|network|address|account):[\w-]{22}:\d+$/);
      const ttlMs = Number(await readAll("PTTL", key));
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(2 * DAY_MS + 1_000);
    }
  });
});

/** Each takes the limiter away in its own way, and answers how to bring it back. */
const WAYS_AWAY: readonly (readonly [
  string,
  () => Promise<{ readonly limiter: UpstashLimiter; readonly back: () => void }>,
])[] = [
  [
    "refuses connections",
    async () => ({ limiter: limiterAt(`http://127.0.0.1:${await unusedPort()}`), back: () => undefined }),
  ],
  [
    "does not know the token",
    () => Promise.resolve({ limiter: limiterAt(url, "another-token-of-length"), back: () => undefined }),
  ],
  [
    "takes connections and never answers",
    () => {
      redis.freeze();
      return Promise.resolve({ limiter: limiterAt(), back: () => redis.goOn() });
    },
  ],
];

describe.each(WAYS_AWAY)("when the limiter %s", (_, takeAway) => {
  test.each(publicDoors)("%s does what its policy says, within the limiter's time", async (door) => {
    const { limiter, back } = await takeAway();
    try {
      const { keeper, away } = keeperOf(limiter);
      const { attempts } = DOORS[door].limits.host;
      const startMs = performance.now();
      const first = await attemptAt(keeper, door, {}, MIDDAY_MS);
      expect(performance.now() - startMs).toBeLessThan(UPSTASH_CALL_MS + SLACK_MS);
      expect(away).toEqual([door]);
      const verdicts = [first];
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const parts = { address: `a${attempt}@example.test`, account: `o${attempt}` };
        verdicts.push(await attemptAt(keeper, door, parts, MIDDAY_MS));
      }
      const mode = DOORS[door].whenAway;
      const passed = verdicts.filter(({ ok }) => ok).length;
      expect(passed).toBe({ closed: 0, local: attempts, open: attempts + 1 }[mode]);
      // Nobody but the first waited for it.
      expect(away).toEqual([door]);
    } finally {
      back();
    }
  });
});

test("a limiter that was away is asked again, and holds what it held before", async () => {
  const { keeper } = keeperOf();
  const { attempts } = DOORS.sign_up.limits.host;
  const sign = (call: number, nowMs: number) =>
    attemptAt(keeper, "sign_up", { address: `a${call}@example.test` }, nowMs);
  for (let call = 1; call < attempts; call += 1) expect((await sign(call, MIDDAY_MS)).ok).toBe(true);
  redis.freeze();
  try {
    expect(await sign(0, MIDDAY_MS)).toMatchObject({ ok: false, reason: "away" });
  } finally {
    redis.goOn();
  }
  // What was sent before it froze may still be counted: one attempt or none is left.
  const afterMs = MIDDAY_MS + AWAY_MS;
  const verdicts = [await sign(100, afterMs), await sign(101, afterMs)];
  expect(verdicts.at(-1)).toMatchObject({ ok: false, reason: "limited" });
});

describe("the bridge speaks Upstash's protocol", () => {
  const post = async (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return [response.status, await response.json()];
  };

  test("one command", async () => {
    expect(await post("/", ["SET", "a", "1"])).toEqual([200, { result: "OK" }]);
    expect(await post("/", ["get", "a"])).toEqual([200, { result: "1" }]);
    expect(await post("/", ["GET", "none"])).toEqual([200, { result: null }]);
    expect(await post("/", ["INCRBY", "a", 4])).toEqual([200, { result: 5 }]);
    expect(await post("/", ["SET", "a", ""])).toEqual([200, { result: "OK" }]);
    expect(await post("/", ["GET", "a"])).toEqual([200, { result: "" }]);
  });

  test("texts in base64 where they are asked for so, also inside of lists, and OK as it is", async () => {
    const asked = { "upstash-encoding": "base64" };
    expect(await post("/", ["SET", "a", "ä"], asked)).toEqual([200, { result: "OK" }]);
    expect(await post("/", ["GET", "a"], asked)).toEqual([200, { result: Buffer.from("ä").toString("base64") }]);
    expect(await post("/", ["MGET", "a", "none"], asked)).toEqual([
      200,
      { result: [Buffer.from("ä").toString("base64"), null] },
    ]);
  });

  test("a pipeline, in which one command's error is its own", async () => {
    const answers = await post("/pipeline", [
      ["SET", "a", "x"],
      ["INCR", "a"],
      ["GET", "a"],
    ]);
    expect(answers).toEqual([
      200,
      [{ result: "OK" }, { error: expect.stringContaining("not an integer") }, { result: "x" }],
    ]);
  });

  test("a transaction, of which all is done or nothing", async () => {
    expect(
      await post("/multi-exec", [
        ["SET", "a", "1"],
        ["INCR", "a"],
      ]),
    ).toEqual([200, [{ result: "OK" }, { result: 2 }]]);
    const [status, body] = await post("/multi-exec", [["SET", "a", "9"], ["NOSUCHCOMMAND"]]);
    expect([status, body]).toEqual([400, { error: expect.stringContaining("EXECABORT") }]);
    expect(await post("/", ["GET", "a"])).toEqual([200, { result: "2" }]);
  });

  test("a script by its hash, NOSCRIPT until it was sent once, and with Upstash's own flag", async () => {
    const { createHash } = await import("node:crypto");
    const script = "#!lua flags=allow-key-locking\nreturn redis.call('INCRBY', KEYS[1], ARGV[1])";
    const hash = createHash("sha1").update(script).digest("hex");
    await commands.run([["SCRIPT", "FLUSH"]], false);
    expect(await post("/", ["EVALSHA", hash, 1, "n", 2])).toEqual([
      400,
      { error: expect.stringContaining("NOSCRIPT") },
    ]);
    expect(await post("/", ["EVAL", script, 1, "n", 2])).toEqual([200, { result: 2 }]);
    expect(await post("/", ["EVALSHA", hash, 1, "n", 2])).toEqual([200, { result: 4 }]);
  });

  test("refuses who has not the token, and what is no command", async () => {
    expect((await post("/", ["PING"], { authorization: "Bearer wrong" }))[0]).toBe(401);
    expect((await post("/", "{"))[0]).toBe(400);
    expect((await post("/", []))[0]).toBe(400);
    expect((await post("/", { command: "PING" }))[0]).toBe(400);
    expect((await post("/nowhere", ["PING"]))[0]).toBe(404);
    expect((await post("/", ["NOSUCHCOMMAND"]))[0]).toBe(400);
  });

  test("a Redis that is gone is an error of the service, not of the command", async () => {
    const short = await startRedis();
    const own = await connectRedis(short.port);
    const server = createRedisBridge({ redis: own, token: TOKEN });
    const port = await listen(server, 0, "Redis bridge");
    await short.stop();
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: '["PING"]',
    });
    expect(response.status).toBe(502);
    const limiter = limiterAt(`http://127.0.0.1:${port}`);
    await expect(limiter.take("a", { attempts: 1, windowMs: DAY_MS }, MIDDAY_MS)).rejects.toThrow();
    server.closeAllConnections();
    server.close();
    own.close();
  });
});

/** A port that was free a moment ago: nothing listens there. */
async function unusedPort(): Promise<number> {
  const { createServer } = await import("node:http");
  const probe = createServer();
  const port = await listen(probe, 0, "free port");
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  return port;
}
