import { connect, type Socket } from "node:net";
import type { Answer } from "./client.ts";

const PIECE_BYTES = 65_536;
const WAIT_MS = 10_000;
const ANSWER_WAIT_MS = 3_000;

export interface UploadOptions {
  readonly key: string;
  readonly path: string;
  readonly totalBytes: number;
  /** A whole number of 64 KiB pieces after which a refusal must be possible: it is given time to come. */
  readonly enoughBytes: number;
  /** Chunked transfer coding instead of a length header. */
  readonly chunked: boolean;
  /** JSON unless said. */
  readonly contentType?: string;
}

export interface Upload {
  readonly answer: Answer;
  /** Body bytes that the other side's kernel had taken when the answer came. */
  readonly sentBytes: number;
}

/** Sends a body piece by piece, no faster than it is taken, until an answer comes or all of it is sent. */
export async function upload(gatewayUrl: string, options: UploadOptions): Promise<Upload> {
  const socket = await open(gatewayUrl);
  let received = "";
  socket.on("data", (bytes) => (received += bytes.toString("latin1")));
  socket.write(
    [
      `POST ${options.path} HTTP/1.1`,
      "host: gateway",
      `authorization: Bearer ${options.key}`,
      `content-type: ${options.contentType ?? "application/json"}`,
      options.chunked ? "transfer-encoding: chunked" : `content-length: ${options.totalBytes}`,
      "\r\n",
    ].join("\r\n"),
  );
  const piece = Buffer.alloc(PIECE_BYTES, " ");
  const framed = options.chunked
    ? Buffer.concat([Buffer.from(`${PIECE_BYTES.toString(16)}\r\n`), piece, Buffer.from("\r\n")])
    : piece;
  let sentBytes = 0;
  const isAnswered = (): boolean => received !== "";
  while (!isAnswered() && sentBytes < options.totalBytes && !socket.destroyed) {
    const taken = socket.write(framed);
    sentBytes += PIECE_BYTES;
    // A write that meets a closed connection would throw the answer away that waits unread behind it.
    if (sentBytes === options.enoughBytes) await Promise.race([event(socket, "data"), pause(ANSWER_WAIT_MS)]);
    else
      await (taken
        ? nextTurn()
        : Promise.race([event(socket, "drain"), event(socket, "data"), event(socket, "close")]));
  }
  const unsent = socket.writableLength;
  const answer = await readAnswer(socket, () => received);
  return { answer, sentBytes: sentBytes - unsent };
}

/** Sends a request and never reads: what comes back fills the kernel's buffers and no more. */
export async function sendAndNeverRead(gatewayUrl: string, request: string): Promise<Socket> {
  const socket = await open(gatewayUrl);
  socket.pause();
  socket.write(request);
  return socket;
}

function open(gatewayUrl: string): Promise<Socket> {
  const { hostname, port } = new URL(gatewayUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.once("error", reject);
    // After the connection stands, a reset by the other side is an outcome like any other.
    socket.on("error", () => undefined);
  });
}

async function readAnswer(socket: Socket, received: () => string): Promise<Answer> {
  const deadlineMs = Date.now() + WAIT_MS;
  let answer = parseAnswer(received());
  while (answer === null && !socket.destroyed && Date.now() < deadlineMs) {
    await Promise.race([event(socket, "data"), event(socket, "close")]);
    answer = parseAnswer(received());
  }
  socket.destroy();
  if (answer === null) throw new Error(`no whole answer came: ${received().slice(0, 200)}`);
  return answer;
}

/** An answer with a length header, once it is whole. */
function parseAnswer(text: string): Answer | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const body = text.slice(end + 4);
  if (body.length < Number(headers.get("content-length") ?? "0")) return null;
  return { status: Number(first.split(" ")[1]), headers, text: body, id: headers.get("x-request-id") ?? "" };
}

function event(socket: Socket, name: "drain" | "data" | "close"): Promise<void> {
  return new Promise((resolve) => {
    socket.once(name, () => resolve());
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
