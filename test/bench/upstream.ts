/**
 * The bench's provider: a process of its own on the load generator's core. It answers every POST with the same 600 bytes,
 * or a stream of the shape the prompt asks for, and costs a few microseconds per answer, so that what is measured is the
 * target. Prints its port as one line of JSON. Also stands in for Neon's `/sql` endpoint (see `ledger-stub.ts`).
 */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { HttpMessageReader } from "./http-message.ts";
import { startLedgerStub } from "./ledger-stub.ts";
import { readStreamShape, type StreamShape } from "./requests.ts";
import { jsonAnswer, STREAM_FORMATS, streamAnswer, type StreamAnswer, type StreamFormat } from "./upstream-answers.ts";

const MAX_CONNECTIONS = 4096;
/** A burst is written in pieces of this many events: more than a provider sends at once, less than a socket's buffer. */
const BURST_EVENTS = 20;

const JSON_ANSWER = jsonAnswer();
const STREAMS = new Map(STREAM_FORMATS.map((format) => [format, prepare(streamAnswer(format))]));

interface Prepared extends StreamAnswer {
  readonly burst: Buffer;
}

function prepare(answer: StreamAnswer): Prepared {
  return { ...answer, burst: repeated(answer.content, BURST_EVENTS) };
}

function repeated(content: Buffer, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => content));
}

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  const reader = new HttpMessageReader();
  let body = "";
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    const done = reader.feed(chunk, (part) => {
      body += part.toString("latin1");
    });
    if (!done) return;
    const path = reader.head.slice(0, reader.head.indexOf("\r\n"));
    const shape = readStreamShape(body, path);
    const answer = STREAMS.get(formatOf(path));
    const wantsUsage = shape !== null && body.includes('"include_usage":true');
    body = "";
    if (shape && answer) stream(socket, answer, shape, wantsUsage);
    else socket.write(JSON_ANSWER);
  });
}

/** By the path of the request line: each format has an address of its own. */
function formatOf(path: string): StreamFormat {
  if (path.includes("/messages ")) return "anthropic-messages";
  if (path.includes("/responses ")) return "openai-responses";
  return path.includes(":streamGenerateContent") ? "gemini" : "openai-chat";
}

function stream(socket: Socket, answer: Prepared, shape: StreamShape, wantsUsage: boolean): void {
  const { start, finish, usage } = answer;
  const end = Buffer.concat(wantsUsage ? [finish, usage, answer.end] : [finish, answer.end]);
  socket.write(start);
  if (shape.gapMs === 0) burst(socket, answer, shape.chunks, end);
  else pace(socket, answer.content, shape, end);
}

function pace(socket: Socket, content: Buffer, shape: StreamShape, end: Buffer): void {
  let left = shape.chunks - 1;
  socket.write(content);
  const timer = setInterval(() => {
    if (left > 0) {
      left -= 1;
      socket.write(content);
      return;
    }
    stop();
    socket.write(end);
  }, shape.gapMs);
  const stop = (): void => {
    clearInterval(timer);
    socket.off("close", stop);
  };
  socket.on("close", stop);
}

/** Writes as fast as the reader takes it: the socket's back-pressure is obeyed. */
function burst(socket: Socket, answer: Prepared, chunks: number, end: Buffer): void {
  let left = chunks;
  const write = (): void => {
    while (left > 0 && !socket.destroyed) {
      const piece = left >= BURST_EVENTS ? answer.burst : repeated(answer.content, left);
      left -= Math.min(left, BURST_EVENTS);
      if (!socket.write(piece)) {
        socket.once("drain", write);
        return;
      }
    }
    if (!socket.destroyed) socket.write(end);
  };
  write();
}

const server = createServer(serve);
server.maxConnections = MAX_CONNECTIONS;
const ledgerPort = await startLedgerStub();
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ port: portOf(server.address()), ledgerPort }));
});

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === "string") throw new Error("the upstream has no port");
  return address.port;
}
