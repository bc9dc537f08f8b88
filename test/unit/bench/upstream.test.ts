import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEdgeSql } from "#edge-sql";
import { CHUNK_MARKER, HttpConnection } from "../../bench/http-connection.ts";
import { answerQuery } from "../../bench/ledger-stub.ts";
import { chatBody, chatRequest, messagesBody, readStreamShape, requestBytes } from "../../bench/requests.ts";
import { startUpstream, type Upstream } from "../../bench/start-upstream.ts";
import { jsonAnswer, JSON_ANSWER_BYTES, STREAM_FORMATS, streamAnswer } from "../../bench/upstream-answers.ts";

let upstream: Upstream;
let connection: HttpConnection;
const destination = () => ({ port: upstream.port, path: "/v1/chat/completions", apiKey: "k" });

beforeAll(async () => {
  upstream = await startUpstream(null);
  connection = await HttpConnection.open(upstream.port);
});
afterAll(async () => {
  connection.close();
  await upstream.process.stop();
});

describe("the bench's answers", () => {
  it("are 600 bytes of JSON in OpenAI's shape", () => {
    const [, body = ""] = jsonAnswer().toString().split("\r\n\r\n");
    expect(Buffer.byteLength(body)).toBe(JSON_ANSWER_BYTES);
    expect(JSON.parse(body)).toMatchObject({ object: "chat.completion", usage: { total_tokens: 120 } });
  });

  it.each(STREAM_FORMATS)(
    "hold the marker once per content chunk of %s and nowhere else, or counts would be wrong",
    (format) => {
      const { start, content, finish, usage, end } = streamAnswer(format);
      const markers = (part: Buffer) => part.toString().split(CHUNK_MARKER).length - 1;
      expect(markers(content)).toBe(1);
      expect([start, finish, usage, end, jsonAnswer()].map(markers)).toEqual([0, 0, 0, 0, 0]);
    },
  );

  it("take a stream's shape from the prompt, and none from a call that does not stream", () => {
    expect(readStreamShape(chatBody({ chunks: 120, gapMs: 20 }))).toEqual({ chunks: 120, gapMs: 20 });
    expect(readStreamShape(messagesBody({ chunks: 7, gapMs: 0 }, "m"))).toEqual({ chunks: 7, gapMs: 0 });
    expect(readStreamShape(chatBody(null))).toBeNull();
    const gemini = JSON.stringify({ contents: [{ parts: [{ text: "[[bench chunks=3 gap_ms=1]]" }] }] });
    expect(readStreamShape(gemini, "POST /v1beta/models/m:streamGenerateContent?alt=sse HTTP/1.1")).toEqual({
      chunks: 3,
      gapMs: 1,
    });
    expect(readStreamShape(gemini, "POST /v1beta/models/m:generateContent HTTP/1.1")).toBeNull();
  });
});

describe("the bench's client against its upstream", () => {
  it("reads whole answers and streams in turn on one connection, and counts every chunk", async () => {
    for (const gapMs of [0, 1]) {
      expect(await connection.exchange(chatRequest(destination()))).toMatchObject({ bodyBytes: 600, chunks: 0 });
      let heard = 0;
      const exchange = await connection.exchange(chatRequest(destination(), { chunks: 57, gapMs }), (count) => {
        heard += count;
      });
      expect(exchange.chunks).toBe(57);
      expect(heard).toBe(57);
      expect(exchange.firstChunkMs).not.toBeNull();
    }
  });

  it.each([
    ["/v1/messages", "message_stop"],
    ["/v1/responses", "response.completed"],
    ["/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", '"finishReason":"STOP"'],
  ])("streams to %s in that format, at any length", async (path, ending) => {
    const body = chatBody({ chunks: 45, gapMs: 0 });
    const exchange = await connection.exchange(requestBytes({ ...destination(), path }, body));
    expect(exchange.chunks).toBe(45);
    const response = await fetch(`http://127.0.0.1:${upstream.port}${path}`, { method: "POST", body });
    expect(await response.text()).toContain(ending);
  });

  it("never counts a refusal as an answer", async () => {
    const server = createServer((socket) => {
      socket.on("data", () => socket.write("HTTP/1.1 402 Payment Required\r\ncontent-length: 6\r\n\r\nbroke!"));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const refused = await HttpConnection.open(address.port);
    await expect(refused.exchange(chatRequest(destination()))).rejects.toThrow("402 Payment Required: broke!");
    server.close();
  });

  it("fails when the other side hangs up in mid-answer", async () => {
    const server = createServer((socket) => {
      socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const cut = await HttpConnection.open(address.port);
    await expect(cut.exchange(chatRequest(destination()))).rejects.toThrow("closed before");
    server.close();
  });
});

describe("the stand-in for the ledger", () => {
  const sql = createEdgeSql({
    connectionString: "postgresql://u:p@ep-bench.example/db",
    endpointUrl: "http://127.0.0.1/sql",
    timeoutMs: 1000,
    fetch: (_url, init) => Promise.resolve(new Response(answerQuery(String(Reflect.get(Object(init), "body"))))),
  });

  it("acknowledges a flush so that the data plane's own client believes it", async () => {
    const flush = { flush_id: "fls_1", org_id: "org_1", receipts: [], corrections: [] };
    expect(await sql.postUsage(flush)).toMatchObject({ ok: true, posting: { inserted: 0, repeated: false } });
  });

  it("knows no overrides", async () => {
    expect(await sql.overrides(0, 0)).toMatchObject({ ok: true, overrides: { prices: null, stops: null } });
  });
});
