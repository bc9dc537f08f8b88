import { afterEach, expect, test, vi } from "vitest";
import { UpstashLimiter } from "../../workers/console/doors/upstash-limiter.ts";

const SETTINGS = { url: "https://eu1-test.upstash.io", token: "a-token-of-enough-length" };
const LIMIT = { attempts: 3, windowMs: 60_000 };

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Answers in Upstash's stead; what is sent has to be a request that workerd's own fetch would take. */
function answering(answer: (body: unknown) => Response | Promise<Response>): Request[] {
  const sent: Request[] = [];
  vi.stubGlobal("fetch", async (input: string, init: RequestInit) => {
    const request = new Request(input, init);
    sent.push(request);
    return answer(await request.clone().json());
  });
  return sent;
}

test("the library runs in workerd: a script by its hash, whole when Redis does not know it, and the answer counts", async () => {
  const verbs: unknown[] = [];
  const sent = answering((body) => {
    const verb = Array.isArray(body) ? String(body[0]).toLowerCase() : null;
    verbs.push(verb);
    if (verb === "evalsha") return Response.json({ error: "NOSCRIPT No matching script" }, { status: 400 });
    return Response.json({ result: [-1, 3] });
  });
  const verdict = await new UpstashLimiter(SETTINGS).take("sign_in:host:x", LIMIT, Date.now());
  expect(verbs).toEqual(["evalsha", "eval"]);
  expect(verdict).toMatchObject({ ok: false });
  expect(sent[0]?.headers.get("authorization")).toBe(`Bearer ${SETTINGS.token}`);
  expect(new URL(sent[0]?.url ?? "").hostname).toBe("eu1-test.upstash.io");
  expect([...(sent[0]?.headers.keys() ?? [])].filter((name) => name.includes("telemetry"))).toEqual([]);
});

test("an attempt that Redis has counted passes", async () => {
  answering(() => Response.json({ result: [2, 3] }));
  expect(await new UpstashLimiter(SETTINGS).take("a", LIMIT, Date.now())).toMatchObject({ ok: true });
});

test.each([
  ["an error", () => Response.json({ error: "ERR max requests limit exceeded" }, { status: 400 })],
  ["a page", () => new Response("<html>", { status: 200 })],
  ["nothing", () => Response.json({})],
  ["a word", () => Response.json({ result: "Aborted" })],
  ["a fault", () => Promise.reject(new Error("Network connection lost."))],
])("%s is no answer: the door's policy decides, and nothing is asked twice", async (_, answer) => {
  const sent = answering(answer);
  await expect(new UpstashLimiter(SETTINGS).take("a", LIMIT, Date.now())).rejects.toThrow();
  expect(sent).toHaveLength(1);
});

test("one that never answers is given up after its time", async () => {
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    const { promise, reject } = Promise.withResolvers<Response>();
    init.signal?.addEventListener("abort", () => reject(new Error("aborted")));
    return promise;
  });
  await expect(new UpstashLimiter({ ...SETTINGS, callMs: 20 }).take("a", LIMIT, Date.now())).rejects.toThrow("aborted");
});
