import { createServer } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ErrorCode } from "#kernel";
import { listen } from "../../dev/stack/listen.ts";
import { makeWav } from "../../dev/sim/formats/audio/wav.ts";
import { call, expectError } from "./support/client.ts";
import { upload } from "./support/raw-http.ts";
import { startWorld, type Organization, type World } from "./support/world.ts";

const MEBIBYTE = 1_048_576;
const FORM_LIMIT_BYTES = 26 * MEBIBYTE;
const PICTURE = "data:image/png;base64,iVBORw0KGgo=";

let world: World;
/** Its calls are all refused: nothing may ever be held or charged for it. */
let refused: Organization;

beforeAll(async () => {
  world = await startWorld();
  refused = await world.organization();
});
afterAll(async () => {
  await world.stop();
});
beforeEach(() => world.stack.sim.reset());

async function expectUntouched(): Promise<void> {
  expect(world.stack.sim.totals().requests).toBe(0);
  expect(await refused.credits()).toMatchObject({ balance_usd: refused.creditNano, held_usd: 0n });
}

const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  call(world.url + path, body, { key: refused.key, headers });

type Part = readonly [name: string, value: string | File];

const sound = (name = "a.wav") => new File([new Uint8Array(makeWav(0.1))], name, { type: "audio/wav" });
const WHISPER: readonly Part[] = [["model", "openai/whisper-1"]];

async function postForm(path: string, parts: readonly Part[]) {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  const response = await fetch(world.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${refused.key}` },
    body: form,
  });
  const { status, headers } = response;
  return { status, headers, text: await response.text(), id: headers.get("x-request-id") ?? "" };
}

type Case = readonly [what: string, code: ErrorCode, param: string | undefined, path: string, body: unknown];

describe("JSON that cannot be meant is refused before money is touched", () => {
  const rerank = { model: "cohere/rerank-v3.5", query: "q", documents: ["a"] };
  const picture = { model: "openai/gpt-image-1", prompt: "a river" };
  const speech = { model: "openai/tts-1", voice: "ash", input: "hi" };
  test.each<Case>([
    ["rerank without documents", "invalid_parameter", "documents", "/rerank", { ...rerank, documents: [] }],
    ["rerank of numbers", "invalid_parameter", "documents[1]", "/rerank", { ...rerank, documents: ["a", 1] }],
    ["rerank without a query", "invalid_parameter", "query", "/rerank", { ...rerank, query: "" }],
    ["a model that does not rerank", "model_not_supported", "model", "/rerank", { ...rerank, model: "openai/tts-1" }],
    ["moderations of nothing", "invalid_parameter", "input", "/moderations", { input: [] }],
    ["moderations of a number", "invalid_parameter", "input", "/moderations", { input: 3 }],
    ["no pictures", "invalid_parameter", "n", "/images/generations", { ...picture, n: 0 }],
    ["too many pictures", "invalid_parameter", "n", "/images/generations", { ...picture, n: 11 }],
    ["a stream of several", "invalid_parameter", "n", "/images/generations", { ...picture, n: 2, stream: true }],
    ["a size of words", "invalid_parameter", "size", "/images/generations", { ...picture, size: "huge" }],
    ["G3: many frames", "unsupported_parameter", "frame_count", "/images/generations", { ...picture, frame_count: 9 }],
    ["G3: another model", "unsupported_parameter", "svg", "/images/generations", { ...picture, svg: { model: "m" } }],
    ["pictures without a prompt", "invalid_parameter", "prompt", "/images/generations", { model: picture.model }],
    [
      "pictures of a text model",
      "model_not_supported",
      "model",
      "/images/generations",
      { ...picture, model: "openai/gpt-4o-mini" },
    ],
    [
      "files of our account",
      "unsupported_parameter",
      "file_id",
      "/images/edits",
      { ...picture, images: [{ file_id: "file-1" }] },
    ],
    ["too long a speech", "invalid_parameter", "input", "/audio/speech", { ...speech, input: "a".repeat(4_097) }],
    ["a speech of nothing", "invalid_parameter", "input", "/audio/speech", { ...speech, input: "" }],
    ["too fast a speech", "invalid_parameter", "speed", "/audio/speech", { ...speech, speed: 9 }],
    [
      "an unknown format",
      "invalid_parameter",
      "response_format",
      "/audio/speech",
      { ...speech, response_format: "midi" },
    ],
  ])("%s: %s", async (_what, code, param, path, body) => {
    expectError(await post(path, body), code, param === undefined ? {} : { param });
    await expectUntouched();
  });

  test("sound is sent as a form, and nothing else", async () => {
    expectError(await post("/audio/transcriptions", { model: "openai/whisper-1" }), "unsupported_content_type");
    await expectUntouched();
  });
});

describe("what a provider cannot honour is refused by name, and costs nothing", () => {
  test.each([
    ["google/imagen-4.0-generate-001", { background: "transparent" }, "background"],
    ["google/imagen-4.0-generate-001", { size: "1234x512" }, "size"],
    ["google/gemini-2.5-flash-image", { n: 2 }, "n"],
    ["google/imagen-4.0-generate-001", { response_format: "url" }, "response_format"],
    ["workers-ai/@cf/black-forest-labs/flux-1-schnell", { quality: "high" }, "quality"],
    ["google/gemini-2.5-flash-image", { stream: true }, "stream"],
  ])("%s: %o", async (model, fields, param) => {
    const answer = await post("/images/generations", { model, prompt: "a river", ...fields });
    expectError(answer, "unsupported_parameter", { param });
    expect(await refused.generation(answer.id)).toMatchObject({ outcome: "failed", cost_usd: 0n });
    await expectUntouched();
  });

  test("events of a model that knows plain sound alone, and a stream of one that bills by duration", async () => {
    const speech = { model: "openai/tts-1", voice: "ash", input: "hi", stream_format: "sse" };
    expectError(await post("/audio/speech", speech), "unsupported_parameter", { param: "stream_format" });
    const streamed = await postForm("/audio/transcriptions", [...WHISPER, ["file", sound()], ["stream", "true"]]);
    expectError(streamed, "unsupported_parameter", { param: "stream" });
  });
});

describe("forms", () => {
  test.each<readonly [string, ErrorCode, string, readonly Part[]]>([
    ["without a file", "invalid_parameter", "file", WHISPER],
    ["with a text for the file", "invalid_parameter", "file", [...WHISPER, ["file", "sound"]]],
    ["without a model", "invalid_parameter", "model", [["file", sound()]]],
    ["with two models", "invalid_parameter", "model", [...WHISPER, ...WHISPER, ["file", sound()]]],
    ["with a list of models", "unsupported_parameter", "model", [...WHISPER, ["model[]", "m"], ["file", sound()]]],
    [
      "with a file for the model",
      "invalid_parameter",
      "model",
      [
        ["model", sound()],
        ["file", sound()],
      ],
    ],
    ["with two files", "invalid_parameter", "file", [...WHISPER, ["file", sound()], ["file", sound()]]],
    ["with an empty file", "invalid_parameter", "file", [...WHISPER, ["file", new File([], "a.wav")]]],
    ["with an unknown part", "unsupported_parameter", "webhook", [...WHISPER, ["file", sound()], ["webhook", "x"]]],
    ["with a part named like a header", "unsupported_parameter", "body", [...WHISPER, ["a\r\nx: y", "x"]]],
    [
      "with granularities of another format",
      "invalid_parameter",
      "timestamp_granularities",
      [...WHISPER, ["file", sound()], ["timestamp_granularities[]", "word"]],
    ],
    ["with too many parts", "invalid_parameter", "body", Array.from({ length: 97 }, (): Part => ["keywords[]", "x"])],
    [
      "with an unknown format",
      "invalid_parameter",
      "response_format",
      [...WHISPER, ["file", sound()], ["response_format", "xml"]],
    ],
  ])("%s are refused", async (_what, code, param, parts) => {
    expectError(await postForm("/audio/transcriptions", parts), code, { param });
    await expectUntouched();
  });

  test.each([
    ["no boundary", "multipart/form-data", "--x--\r\n"],
    [
      "a torn end",
      "multipart/form-data; boundary=x",
      '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nopenai/whi',
    ],
    [
      "another boundary",
      "multipart/form-data; boundary=y",
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
    ],
    ["no form at all", "multipart/form-data; boundary=x", "{}"],
  ])("with %s are refused", async (_what, contentType, body) => {
    const answer = await post("/audio/transcriptions", body, { "content-type": contentType });
    expectError(answer, "invalid_parameter", { param: "body" });
    await expectUntouched();
  });

  test("variations are refused clearly: no model makes them any more", async () => {
    const parts: readonly Part[] = [
      ["model", "openai/gpt-image-1"],
      ["image", sound("a.png")],
    ];
    expectError(await postForm("/images/variations", parts), "model_not_supported", { param: "model" });
    await expectUntouched();
  });

  test.each([[false], [true]])("G26: a form of 40 MiB is refused before it is read, chunked: %s", async (chunked) => {
    // A declared length is refused at once; a chunked body when it has come to the bound.
    const enoughBytes = chunked ? FORM_LIMIT_BYTES + MEBIBYTE : 65_536;
    const { answer, sentBytes } = await upload(world.stack.urls.gateway, {
      key: refused.key,
      path: "/v1/audio/transcriptions",
      totalBytes: 40 * MEBIBYTE,
      enoughBytes,
      chunked,
      contentType: "multipart/form-data; boundary=x",
    });
    expectError(answer, "body_too_large");
    expect(sentBytes).toBeLessThanOrEqual(enoughBytes);
    await expectUntouched();
  });
});

describe("G20: addresses inside a request", () => {
  test("of private hosts are refused, and our side opens no connection", async () => {
    let connections = 0;
    const listener = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const port = await listen(listener, 0, "listener");
    const urls = [
      `https://127.0.0.1:${port}/a.png`,
      `http://127.0.0.1:${port}/a.png`,
      "https://127.0.0.1/a.png",
      "https://2130706433/a.png",
      "https://[::ffff:7f00:1]/a.png",
      "https://169.254.169.254/latest/meta-data",
      "https://metadata.google.internal/",
      "https://key:word@example.com/a.png",
      "file:///etc/passwd",
    ];
    for (const url of urls) {
      const edit = {
        model: "openai/gpt-image-1",
        prompt: "bluer",
        images: [{ image_url: PICTURE }, { image_url: url }],
      };
      const moderation = { input: [{ type: "image_url", image_url: { url } }] };
      expectError(await post("/images/edits", edit), "invalid_parameter", { param: "images[1].image_url" });
      expectError(await post("/moderations", moderation), "invalid_parameter", { param: "input[0].image_url.url" });
    }
    await expectUntouched();
    await new Promise((closed) => {
      listener.close(closed);
    });
    expect(connections).toBe(0);
  });
});
