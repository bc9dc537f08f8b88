import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import type { RedisAnswer, RedisCommand, RedisCommands } from "./commands.ts";

export interface RedisBridgeOptions {
  readonly redis: RedisCommands;
  readonly token: string;
}

const BODY_BYTES_MAX = 1024 * 1024;
const COMMANDS_MAX = 1_000;

const commandSchema = z.array(z.union([z.string(), z.number(), z.boolean()]).transform(String)).min(1);
const commandsSchema = z.array(commandSchema).min(1).max(COMMANDS_MAX);

class BridgeRefusal extends Error {
  override readonly name = "BridgeRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Upstash's REST protocol before a Redis of this machine: `POST /` (one command), `/pipeline` and `/multi-exec`, with
 * texts in base64 where the client asks for it. Returns a server that does not listen yet. Source: Upstash, REST API.
 */
export function createRedisBridge(options: RedisBridgeOptions): Server {
  return createServer((request, response) => {
    void respond(options, request, response);
  });
}

async function respond(options: RedisBridgeOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { status, body } = await answer(options, request);
    send(response, status, body);
  } catch (error) {
    if (!request.complete) response.setHeader("connection", "close");
    if (error instanceof BridgeRefusal) send(response, error.status, { error: error.message });
    else send(response, 502, { error: "ERR Redis did not answer" });
  }
}

async function answer(
  { redis, token }: RedisBridgeOptions,
  request: IncomingMessage,
): Promise<{ readonly status: number; readonly body: unknown }> {
  if (request.method !== "POST") throw new BridgeRefusal(405, "use POST");
  if (!bearsToken(request, token)) throw new BridgeRefusal(401, "Unauthorized");
  const encode = request.headers["upstash-encoding"] === "base64" ? encodeBase64 : (value: unknown) => value;
  const encoded = (one: RedisAnswer): RedisAnswer => ("error" in one ? one : { result: encode(one.result) });
  const sent = await readJson(request);
  if (request.url === "/pipeline" || request.url === "/multi-exec") {
    const isAtomic = request.url === "/multi-exec";
    const commands = parsed(commandsSchema, sent);
    const answers = await redis.run(commands, isAtomic);
    const [refused] = answers;
    // EXEC refused them all.
    if (isAtomic && answers.length < commands.length && refused && "error" in refused)
      return { status: 400, body: refused };
    return { status: 200, body: answers.map(encoded) };
  }
  if (request.url !== "/") throw new BridgeRefusal(404, "no such path");
  const command: RedisCommand = parsed(commandSchema, sent);
  const [one] = await redis.run([command], false);
  if (one === undefined) throw new Error("no answer");
  return { status: "error" in one ? 400 : 200, body: encoded(one) };
}

function bearsToken(request: IncomingMessage, token: string): boolean {
  const [sent, expected] = [Buffer.from(request.headers.authorization ?? ""), Buffer.from(`Bearer ${token}`)];
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

/** Upstash leaves the word OK as it is. */
function encodeBase64(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encodeBase64);
  return typeof value === "string" && value !== "OK" ? Buffer.from(value, "utf8").toString("base64") : value;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw new BridgeRefusal(413, "the body is too large");
    chunks.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new BridgeRefusal(400, "ERR failed to parse the body");
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw new BridgeRefusal(400, "ERR the body is no command");
  return result.data;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
