import { describe, expect, test } from "vitest";
import {
  AWAY_MS,
  createDoorkeeper,
  DOORS,
  LocalLimiter,
  subjectNames,
  type AttemptLimiter,
  type Door,
  type Doorkeeper,
} from "#abuse";
import { attemptAt, publicDoors, type PublicDoor } from "./attempts.ts";

const SECRET = Buffer.alloc(32, 7).toString("base64");

interface Scene {
  readonly keeper: Doorkeeper;
  readonly away: Door[];
  readonly taken: string[];
  readonly setAway: (isAway: boolean) => void;
}

function scene(): Scene {
  const counts = new LocalLimiter();
  const [away, taken]: [Door[], string[]] = [[], []];
  let isAway = false;
  const limiter: AttemptLimiter = {
    take: (name, limit, nowMs) => {
      taken.push(name);
      return isAway ? Promise.reject(new Error("away")) : counts.take(name, limit, nowMs);
    },
  };
  const keeper = createDoorkeeper({
    limiter,
    fallback: new LocalLimiter(),
    nameSubject: subjectNames(SECRET),
    onAway: (door) => away.push(door),
  });
  return {
    keeper,
    away,
    taken,
    setAway: (value) => {
      isAway = value;
    },
  };
}

describe("the policy of the public doors", () => {
  test.each(publicDoors)("%s counts by host, and an address of many hosts higher than one of them", (door) => {
    const { limits } = DOORS[door];
    expect(limits.host.attempts).toBeGreaterThan(0);
    if (!("address" in limits) || limits.address.windowMs !== limits.host.windowMs) return;
    expect(limits.address.attempts).toBeGreaterThan(limits.host.attempts);
  });

  test.each(publicDoors)("%s counts a network higher than a host", (door) => {
    const { limits } = DOORS[door];
    if ("network" in limits) expect(limits.network.attempts).toBeGreaterThan(limits.host.attempts);
  });
});

describe("a door", () => {
  test.each(publicDoors)("%s lets a host's attempts pass up to its limit, and says how long to wait", async (door) => {
    const { keeper } = scene();
    const { attempts, windowMs } = DOORS[door].limits.host;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      expect(
        await attemptAt(keeper, door, { address: `a${attempt}@example.test`, account: `o${attempt}` }, 0),
      ).toMatchObject({ ok: true });
    }
    const refused = await attemptAt(keeper, door, { address: "b@example.test", account: "o" }, 1);
    expect(refused).toEqual({
      ok: false,
      reason: "limited",
      retryAfterMs: windowMs - 1,
      rate: { limit: DOORS[door].limits.host, remaining: 0, resetMs: windowMs - 1 },
    });
    expect(await attemptAt(keeper, door, { clientIp: "198.51.100.9" }, 1)).toMatchObject({ ok: true });
  });

  test("counts an address from wherever it is tried, however it is written", async () => {
    const { keeper } = scene();
    const { attempts } = DOORS.sign_in.limits.address;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const subjects = {
        clientIp: `203.0.${attempt}.1`,
        address: attempt % 2 === 0 ? "ada@example.test" : " ADA@example.test ",
      };
      expect((await keeper.checkDoor("sign_in", subjects, 0)).ok).toBe(true);
    }
    const last = { clientIp: "198.51.100.1", address: "ada@example.test" };
    expect((await keeper.checkDoor("sign_in", last, 0)).ok).toBe(false);
    expect((await keeper.checkDoor("sign_in", { ...last, address: "grace@example.test" }, 0)).ok).toBe(true);
  });

  test("counts neighbours together", async () => {
    const { keeper } = scene();
    const { attempts } = DOORS.sign_up.limits.network;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const subjects = { clientIp: `2001:db8:1:${attempt.toString(16)}::1`, address: `a${attempt}@example.test` };
      expect((await keeper.checkDoor("sign_up", subjects, 0)).ok).toBe(true);
    }
    const subjects = { clientIp: "2001:db8:1:ffff::1", address: "new@example.test" };
    expect((await keeper.checkDoor("sign_up", subjects, 0)).ok).toBe(false);
  });

  test("does not count against an address what a host was refused for itself: one host keeps no owner out", async () => {
    const { keeper } = scene();
    const victim = "victim@example.test";
    for (let attempt = 0; attempt < 1_000; attempt += 1) {
      await keeper.checkDoor("sign_in", { clientIp: "203.0.113.1", address: victim }, 0);
    }
    expect((await keeper.checkDoor("sign_in", { clientIp: "198.51.100.1", address: victim }, 0)).ok).toBe(true);
  });

  test("tells of the limit that is nearest to its end", async () => {
    const { keeper } = scene();
    const address = DOORS.sign_up.limits.address;
    for (let attempt = 0; attempt < address.attempts - 1; attempt += 1) {
      await keeper.checkDoor("sign_up", { clientIp: `203.0.${attempt}.1`, address: "ada@example.test" }, attempt);
    }
    const verdict = await keeper.checkDoor("sign_up", { clientIp: "198.51.100.1", address: "ada@example.test" }, 100);
    expect(verdict).toEqual({
      ok: true,
      rate: { limit: address, remaining: 0, resetMs: address.windowMs - 100 },
    });
  });

  test("of what is read is counted here, whether the limiter is away or not", async () => {
    const { keeper, taken, away, setAway } = scene();
    setAway(true);
    const { attempts } = DOORS.read.limits.account;
    for (let attempt = 0; attempt <= attempts; attempt += 1) {
      const { ok } = await keeper.checkDoor("read", { clientIp: null, account: "usr_1" }, 0);
      expect(ok).toBe(attempt < attempts);
    }
    expect([taken, away]).toEqual([[], []]);
    expect((await keeper.checkDoor("change", { clientIp: null, account: "usr_1" }, 0)).ok).toBe(true);
    expect(away).toEqual(["change"]);
  });

  test("does not count one door's attempts at another", async () => {
    const { keeper } = scene();
    for (let attempt = 0; attempt < 100; attempt += 1) {
      await keeper.checkDoor("password_reset", { clientIp: "203.0.113.1", address: "ada@example.test" }, 0);
    }
    expect((await keeper.checkDoor("sign_in", { clientIp: "203.0.113.1", address: "ada@example.test" }, 0)).ok).toBe(
      true,
    );
  });

  test("where nothing is named by address counts the rest", async () => {
    const { keeper, taken } = scene();
    await keeper.checkDoor("sign_in", { clientIp: "203.0.113.1", address: null }, 0);
    expect(taken.map((name) => name.split(":")[1])).toEqual(["host", "network"]);
  });

  test("tells whoever counts no address and no account", async () => {
    const { keeper, taken } = scene();
    await keeper.checkDoor(
      "invitation",
      { clientIp: "203.0.113.77", address: "ada@example.test", account: "org_1" },
      0,
    );
    expect(taken).toHaveLength(3);
    for (const name of taken) expect(name).toMatch(/^invitation:(?:host|account|address):[\w-]{22}$/);
  });
});

describe("while the limiter is away", () => {
  const attemptsOf = (door: PublicDoor): number => DOORS[door].limits.host.attempts;

  test.each(publicDoors)("%s does what its policy says", async (door) => {
    const { keeper, setAway } = scene();
    setAway(true);
    const verdicts = [];
    for (let attempt = 0; attempt <= attemptsOf(door); attempt += 1) {
      verdicts.push(await attemptAt(keeper, door, { address: `a${attempt}@example.test`, account: `o${attempt}` }, 0));
    }
    const passed = verdicts.filter(({ ok }) => ok).length;
    const expected = { closed: 0, local: attemptsOf(door), open: attemptsOf(door) + 1 };
    expect(passed).toBe(expected[DOORS[door].whenAway]);
    const reason = { closed: "away", local: "limited", open: undefined }[DOORS[door].whenAway];
    expect(verdicts.at(-1)).toMatchObject(reason === undefined ? { ok: true } : { ok: false, reason });
  });

  test("it is left alone for a while, told of once, and asked again", async () => {
    const { keeper, setAway, taken, away } = scene();
    const subjects = { clientIp: "203.0.113.1", address: "ada@example.test" };
    setAway(true);
    for (let attempt = 0; attempt < 5; attempt += 1) await keeper.checkDoor("sign_in", subjects, 0);
    expect([taken.length, away]).toEqual([1, ["sign_in"]]);
    expect(await keeper.checkDoor("sign_up", subjects, 1_000)).toEqual({
      ok: false,
      reason: "away",
      retryAfterMs: AWAY_MS - 1_000,
      rate: null,
    });
    setAway(false);
    expect((await keeper.checkDoor("sign_up", subjects, AWAY_MS - 1)).ok).toBe(false);
    expect((await keeper.checkDoor("sign_up", subjects, AWAY_MS)).ok).toBe(true);
  });

  test("a limiter that goes between two counts leaves the whole attempt to the policy", async () => {
    let asked = 0;
    const keeper = createDoorkeeper({
      limiter: {
        take: () => {
          asked += 1;
          return asked === 1
            ? Promise.resolve({ ok: true, remaining: 1, resetMs: 1 })
            : Promise.reject(new Error("away"));
        },
      },
      fallback: new LocalLimiter(),
      nameSubject: subjectNames(SECRET),
      onAway: () => undefined,
    });
    const verdict = await keeper.checkDoor("sign_up", { clientIp: "203.0.113.1", address: "a@example.test" }, 0);
    expect([asked, verdict]).toEqual([2, { ok: false, reason: "away", retryAfterMs: AWAY_MS, rate: null }]);
  });
});
