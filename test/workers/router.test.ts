import { Hono } from "hono";
import { beforeEach, describe, expect, test } from "vitest";
import type { GatewayHono } from "../../workers/gateway/context.ts";
import { createRouter, request, type Router } from "./router.ts";

/** One transparent pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const CHAT = "openai/gpt-4o-mini";
const HAIKU = "anthropic/claude-haiku-4-5-20251001";
const FLASH = "google/gemini-2.5-flash";
const GEMINI_EMBEDDING = "google/gemini-embedding-001";
const words = [{ role: "user", content: "Hi" }];
const contents = [{ role: "user", parts: [{ text: "Hi" }] }];

interface Sample {
  /** The route as the router knows it, without its version. */
  readonly route: string;
  /** A call of it; where the router's path has a parameter, with that filled. */
  readonly path?: string;
  readonly body: unknown;
  /** No model that is sold does this yet: refused for that, before admission. */
  readonly isUnsold?: boolean;
  /** It tells a price and makes no call: a key is all that it asks for. */
  readonly isQuote?: boolean;
}

const form = (fields: Readonly<Record<string, string | Blob>>): FormData => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
};
const png = () => new Blob([Uint8Array.from(atob(PIXEL), (byte) => byte.charCodeAt(0))], { type: "image/png" });
const sound = () => new Blob([new Uint8Array(64)], { type: "audio/wav" });

/** One call of every POST route that there is: a route without one is a hole in this test, and fails it. */
const SAMPLES: readonly Sample[] = [
  { route: "/chat/completions", body: { model: CHAT, messages: words } },
  { route: "/completions", body: { model: CHAT, prompt: "Hi" } },
  { route: "/responses", body: { model: CHAT, input: "Hi" } },
  { route: "/responses/input_tokens", body: { model: CHAT, input: "Hi" } },
  { route: "/messages", body: { model: HAIKU, max_tokens: 9, messages: words } },
  { route: "/messages/count_tokens", body: { model: HAIKU, messages: words } },
  { route: "/embeddings", body: { model: "openai/text-embedding-3-small", input: "Hi" } },
  ...["/models/:rest{.+}", "/:rest{.+:.+}"].flatMap((route) => {
    const folder = route.startsWith("/models") ? "/models/" : "/";
    return [
      { route, path: `${folder}${FLASH}:generateContent`, body: { contents } },
      { route, path: `${folder}${encodeURIComponent(FLASH)}:generateContent`, body: { contents } },
      { route, path: `${folder}${FLASH}:streamGenerateContent?alt=sse`, body: { contents } },
      { route, path: `${folder}${FLASH}:countTokens`, body: { contents } },
      { route, path: `${folder}${GEMINI_EMBEDDING}:embedContent`, body: { content: contents[0] } },
    ];
  }),
  { route: "/rerank", body: { model: "cohere/rerank-v3.5", query: "Hi", documents: ["a", "b"] } },
  { route: "/moderations", body: { model: "openai/omni-moderation-latest", input: "Hi" } },
  { route: "/images/generations", body: { model: "openai/gpt-image-1-mini", prompt: "Hi", quality: "low" } },
  { route: "/images/edits", body: form({ model: "openai/gpt-image-1-mini", prompt: "Hi", image: png() }) },
  { route: "/images/variations", body: form({ model: "openai/gpt-image-1-mini", image: png() }), isUnsold: true },
  { route: "/audio/speech", body: { model: "openai/gpt-4o-mini-tts", input: "Hi", voice: "alloy" } },
  { route: "/audio/transcriptions", body: form({ model: "openai/gpt-4o-mini-transcribe", file: sound() }) },
  {
    route: "/quote",
    body: { path: "/v1/chat/completions", body: { model: CHAT, messages: words } },
    isQuote: true,
  },
  { route: "/audio/translations", body: form({ model: "openai/whisper-1", file: sound() }) },
];

let router: Router;
beforeEach(async () => {
  router = await createRouter();
});

/** The versions' prefixes come and go with the route: what is left names it. */
const routeOf = (path: string): string => path.replace(/^\/v1(?:beta)?(?=\/)/, "");

function init(body: unknown, headers: Readonly<Record<string, string>>): RequestInit {
  if (body instanceof FormData) return { method: "POST", headers, body };
  return { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** A router, or a copy with something planted. */
type Watched = Omit<Router, "app"> & { readonly app: Pick<Hono<GatewayHono>, "routes" | "request"> };

/** Every POST path of the router that costs nothing to call without credit, with why. Empty where all pass the gate. */
async function waysAroundTheGate(router: Watched): Promise<string[]> {
  const found: string[] = [];
  const paths = [...new Set(router.app.routes.filter(({ method }) => method === "POST").map(({ path }) => path))];
  expect(paths.length).toBeGreaterThan(10);
  for (const path of paths) {
    const samples = SAMPLES.filter(({ route }) => route === routeOf(path));
    if (samples.length === 0) found.push(`${path}: no call of it is known`);
    for (const sample of samples) {
      const prefix = path.slice(0, path.length - routeOf(path).length);
      const why = await wayAround(router, `${prefix}${sample.path ?? sample.route}`, sample);
      if (why === null) continue;
      found.push(`${path}: ${why}`);
      break;
    }
  }
  return found;
}

/** Null where a call without a key, and one without credit, are both refused before any provider is asked. */
async function wayAround(router: Watched, path: string, { body, isUnsold, isQuote }: Sample): Promise<string | null> {
  const unkeyed = await request(router, path, init(body, {}));
  if (unkeyed.status !== 401) return `${path} answers ${unkeyed.status} without a key`;
  const before = router.asked.length;
  const answer = await request(router, path, init(body, { authorization: `Bearer ${router.key}` }));
  if (isUnsold === true) return answer.status === 400 ? null : `${path} answers ${answer.status}, and is not sold`;
  if (isQuote === true) {
    const isFree = answer.status === 200 && router.asked.length === before && router.called.length === 0;
    return isFree ? null : `${path} answers ${answer.status}, asks for an admission, or calls a provider`;
  }
  if (router.asked.length !== before + 1) {
    return `${path} asked for ${router.asked.length - before} admissions: ${answer.status} ${await answer.text()}`;
  }
  if (answer.status !== 402) return `${path} answers ${answer.status} without credit`;
  return router.called.length === 0 ? null : `${path} called a provider without admission`;
}

describe("G4: every route that can cost money passes one gate", () => {
  test("G4: no POST route answers without a key or without an admission, and none calls a provider", async () => {
    expect(await waysAroundTheGate(router)).toEqual([]);
  });

  test.each<[string, (app: Hono<GatewayHono>) => unknown, RegExp]>([
    ["open to all", (app) => app.post("/v1/rerank", (context) => context.json({})), /without a key/],
    [
      "that checks the key and no more",
      (app) =>
        app.post("/v1beta/models/:rest{.+}", ({ req, json }) =>
          req.header("authorization") === undefined ? json({}, 401) : json({}),
        ),
      /asked for 0 admissions/,
    ],
    ["of a new address", (app) => app.post("/v1/planted", (context) => context.json({})), /no call of it is known/],
  ])("G4: a route %s, planted beside the gate, is found", async (_name, plant, why) => {
    const planted = new Hono<GatewayHono>();
    plant(planted);
    const found = await waysAroundTheGate({ ...router, app: planted.route("/", router.app) });
    expect(found).toEqual([expect.stringMatching(why)]);
  });

  test("routes that read need a key too, but for the catalogue and the heartbeat", async () => {
    const reading = router.app.routes.filter(({ method }) => method === "GET").map(({ path }) => path);
    const open = new Set(["/models", "/models/:id{.+}", "/models/:id{.+}/endpoints", "/status", "/health"]);
    const closed = [...new Set(reading)].filter((path) => !open.has(routeOf(path)));
    expect(closed.length).toBeGreaterThan(4);
    for (const path of closed) {
      const answer = await request(router, `${path}?id=gen_${"0".repeat(26)}`, {});
      expect(answer.status, path).toBe(401);
    }
  });
});
