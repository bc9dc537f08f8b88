import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attemptDelivery } from "../../../workers/console/deliveries/attempt-delivery.ts";
import {
  deliverEverything,
  dispatchDeliveries,
  type WebhookSenders,
} from "../../../workers/console/deliveries/dispatch-deliveries.ts";
import { isDeliverableUrl } from "../../../workers/console/deliveries/is-deliverable-url.ts";
import { retryAfterMs } from "../../../workers/http/retry-after.ts";

describe("S19: a webhook's address", () => {
  test.each(["https://example.com/hook?x=1", "https://8.8.8.8/", "https://hooks.example.org:443/a"])(
    "%s is taken, in production too",
    (url) => {
      expect(isDeliverableUrl(url, false)).toBe(true);
    },
  );

  test.each([
    "http://example.com/",
    "http://127.0.0.1:9000/",
    "http://localhost/",
    "http://[::1]/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0x7f.1/",
    "https://localhost/",
    "https://db.internal/",
    "https://10.0.0.1/",
    "https://192.168.0.1/",
    "https://172.20.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://api.prismaticapi.com/",
    "https://a:b@example.com/",
    "https://example.com:22/",
    `https://example.com/${"a".repeat(2_048)}`,
    "//example.com/",
    "",
  ])("%s is refused in production", (url) => {
    expect(isDeliverableUrl(url, false)).toBe(false);
  });

  test("on one machine may be that very machine, and nothing else beside what is public", () => {
    for (const url of ["http://127.0.0.1:9000/x", "http://localhost:1/", "http://[::1]:8080/"])
      expect(isDeliverableUrl(url, true)).toBe(true);
    for (const url of [
      "http://127.0.0.2/",
      "http://10.0.0.1/",
      "http://a:b@127.0.0.1/",
      "ftp://127.0.0.1/",
      "http://localhost.evil.example/",
    ])
      expect(isDeliverableUrl(url, true)).toBe(false);
  });

  test("never throws, whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (url, local) => typeof isDeliverableUrl(url, local) === "boolean"),
    );
  });
});

const request = { url: "https://example.com/", body: "{}", headers: { "webhook-id": "evt_1" } };

function attempt(answer: () => Response | Promise<Response>) {
  const calls: RequestInit[] = [];
  const times = [1_000, 1_250];
  const result = attemptDelivery(
    {
      clock: { nowMs: () => times.shift() ?? 1_250 },
      fetch: async (_url, init) => {
        calls.push(init ?? {});
        return answer();
      },
    },
    request,
  );
  return { calls, result };
}

describe("one try of a webhook", () => {
  test("posts the signed body with a bound of time, and follows nothing", async () => {
    const { calls, result } = attempt(() => new Response(null, { status: 202 }));
    expect(await result).toEqual({ outcome: "delivered", status: 202, durationMs: 250 });
    expect(calls[0]).toMatchObject({ method: "POST", redirect: "manual", body: "{}" });
    expect(calls[0]?.headers).toMatchObject({ "webhook-id": "evt_1", "content-type": "application/json" });
    expect(calls[0]?.signal).toBeInstanceOf(AbortSignal);
  });

  test.each([
    [301, "redirected"],
    [307, "redirected"],
    [400, "unexpected_status"],
    [429, "unexpected_status"],
    [500, "unexpected_status"],
  ])("that is answered %s has failed: %s", async (status, code) => {
    const { result } = attempt(() => new Response("why", { status, headers: { "retry-after": "120" } }));
    expect(await result).toEqual({ outcome: "failed", status, code, durationMs: 250, retryAfterMs: 120_000 });
  });

  test("that is answered 410 is the last one", async () => {
    const { result } = attempt(() => new Response(null, { status: 410 }));
    expect(await result).toMatchObject({ outcome: "gone", status: 410 });
  });

  test("reads nothing of an answer without an end", async () => {
    let pulled = 0;
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(65_536));
        },
        cancel() {
          isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    expect(await attempt(() => new Response(endless)).result).toMatchObject({ outcome: "delivered" });
    expect([pulled, isCancelled]).toEqual([0, true]);
  });

  test.each([
    ["timeout", new DOMException("too slow", "TimeoutError")],
    ["connection_failed", new TypeError("connection refused by 10.0.0.1")],
  ])("that gets no answer has failed: %s", async (code, error) => {
    const { result } = attempt(() => Promise.reject(error));
    expect(await result).toEqual({ outcome: "failed", status: null, code, durationMs: 250, retryAfterMs: null });
  });
});

describe("Retry-After", () => {
  test.each([
    [{ "retry-after": "90" }, 90_000],
    [{ "retry-after": "Mon, 30 Nov 2026 12:02:00 GMT", date: "Mon, 30 Nov 2026 12:00:00 GMT" }, 120_000],
    [{ "retry-after": "Mon, 30 Nov 2026 11:00:00 GMT", date: "Mon, 30 Nov 2026 12:00:00 GMT" }, null],
    [{ "retry-after": "Mon, 30 Nov 2026 12:02:00 GMT" }, null],
    [{ "retry-after": "-5" }, null],
    [{ "retry-after": "soon" }, null],
    [{}, null],
  ])("%j is %s ms", (headers, expected) => {
    expect(retryAfterMs(new Headers(headers))).toBe(expected);
  });
});

describe("who is woken", () => {
  const endpoints = Array.from({ length: 45 }, (_, index) => ({ id: `whe_${index}`, region: "g" as const }));
  /** Answers the two statements of a dispatch: what was ended, and who is due. */
  const answering = (rows: readonly unknown[]) => {
    const chain: object = new Proxy(
      {},
      {
        get: (_, name) =>
          name === "then" ? (resolve: (rows: readonly unknown[]) => void) => resolve(rows) : () => chain,
      },
    );
    return chain;
  };
  const services = (senders: WebhookSenders) => ({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a database that answers the same rows to everything
    db: { select: () => answering(endpoints), update: () => answering([]) } as never,
    senders,
    logger: () => undefined,
  });

  test("is everybody for whom something is due, though some cannot be reached", async () => {
    const woken: string[] = [];
    await dispatchDeliveries(
      services({
        wake: ({ id }) => {
          woken.push(id);
          return woken.length % 3 === 0 ? Promise.reject(new Error("away")) : Promise.resolve();
        },
        deliver: () => Promise.reject(new Error("nobody is made to")),
      }),
    );
    expect(woken).toEqual(endpoints.map(({ id }) => id));
  });

  test("and what they did is summed up, though some did not answer", async () => {
    let calls = 0;
    const deliver = () =>
      (calls += 1) % 2 === 0
        ? Promise.reject(new Error("away"))
        : Promise.resolve({ delivered: 2, failed: 1, nextMs: null });
    const total = await deliverEverything(services({ wake: () => Promise.resolve(), deliver }));
    expect(total).toEqual({ delivered: 46, failed: 23 });
  });
});
