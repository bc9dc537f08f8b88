import fc from "fast-check";
import { expect, test } from "vitest";
import { LocalLimiter } from "#abuse";

const LIMIT = { attempts: 3, windowMs: 1_000 };

test("lets the limit pass, and says when the next attempt counts again", async () => {
  const limiter = new LocalLimiter();
  for (const nowMs of [0, 100, 200]) expect(await limiter.take("a", LIMIT, nowMs)).toMatchObject({ ok: true });
  expect(await limiter.take("a", LIMIT, 300)).toEqual({ ok: false, retryAfterMs: 700 });
  expect(await limiter.take("b", LIMIT, 300)).toMatchObject({ ok: true });
  expect(await limiter.take("a", LIMIT, 999)).toEqual({ ok: false, retryAfterMs: 1 });
  expect(await limiter.take("a", LIMIT, 1_000)).toMatchObject({ ok: true });
  expect(await limiter.take("a", LIMIT, 1_001)).toEqual({ ok: false, retryAfterMs: 99 });
});

test("a refused attempt is not counted: who waits as long as told passes", async () => {
  const limiter = new LocalLimiter();
  for (let attempt = 0; attempt < 100; attempt += 1) await limiter.take("a", LIMIT, 0);
  expect(await limiter.take("a", LIMIT, 1_000)).toMatchObject({ ok: true });
});

test("never lets more than the limit pass in any window, whenever attempts come", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 500 }),
      fc.array(fc.nat({ max: 120 }), { minLength: 1, maxLength: 80 }),
      async (attempts, windowMs, pauses) => {
        const limiter = new LocalLimiter();
        const passed: number[] = [];
        let nowMs = 0;
        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          const verdict = await limiter.take("a", { attempts, windowMs }, nowMs);
          if (verdict.ok) passed.push(nowMs);
          else expect(verdict.retryAfterMs).toBeGreaterThan(0);
        }
        for (const endMs of passed) {
          expect(passed.filter((atMs) => atMs > endMs - windowMs && atMs <= endMs).length).toBeLessThanOrEqual(
            attempts,
          );
        }
        // And no fewer: the first of them always pass.
        expect(passed.length).toBeGreaterThanOrEqual(Math.min(attempts, pauses.length));
      },
    ),
  );
});

test("remembers so many names and no more: the one that was longest not asked for is forgotten", async () => {
  const limiter = new LocalLimiter(2);
  const once = { attempts: 1, windowMs: 1_000 };
  await limiter.take("a", once, 0);
  await limiter.take("b", once, 1);
  await limiter.take("a", once, 2);
  await limiter.take("c", once, 3);
  expect((await limiter.take("a", once, 4)).ok).toBe(false);
  expect((await limiter.take("b", once, 5)).ok).toBe(true);
});
