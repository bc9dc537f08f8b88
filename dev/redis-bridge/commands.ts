import { createHash } from "node:crypto";
import { createClient, ErrorReply } from "@redis/client";

/** One command, as a client sends it: its name and arguments. */
export type RedisCommand = readonly string[];

export type RedisAnswer = { readonly result: unknown } | { readonly error: string };

/** A connection to a Redis, that answers commands as it answers them itself. */
export interface RedisCommands {
  /** One after the other, and nothing of anybody else's between two when `atomically`. Throws when Redis is not there. */
  run(commands: readonly RedisCommand[], atomically: boolean): Promise<readonly RedisAnswer[]>;
  close(): void;
}

/** Upstash's own flag of a script, which no other Redis knows and so refuses. */
const UPSTASH_FLAG = /^#!lua flags=allow-key-locking\b/;
/** Scripts that were rewritten; a library has a handful. */
const SCRIPTS_MAX = 256;
const RECONNECT_MS = 50;

export async function connectRedis(port: number): Promise<RedisCommands> {
  const client = createClient({
    RESP: 2,
    // A command that Redis cannot answer now is an error now, as it is with Upstash: none waits for another connection.
    disableOfflineQueue: true,
    socket: { host: "127.0.0.1", port, reconnectStrategy: RECONNECT_MS },
  });
  // Each command that fails says so; without a listener the process would end.
  client.on("error", () => undefined);
  await client.connect();
  const rewritten = new Map<string, string>();
  const send = async (command: RedisCommand): Promise<RedisAnswer> => {
    try {
      return { result: await client.sendCommand<unknown>(asRedisKnows(command, rewritten)) };
    } catch (error) {
      if (error instanceof ErrorReply) return { error: error.message };
      throw error;
    }
  };
  return {
    async run(commands, atomically) {
      // All are written in this turn of the event loop, so they follow each other on the one connection.
      if (!atomically) return await Promise.all(commands.map(send));
      const [, ...answers] = await Promise.all([["MULTI"], ...commands, ["EXEC"]].map(send));
      return answersOfExec(answers);
    },
    close: () => client.destroy(),
  };
}

/** What EXEC answered for each; where it refused all, that refusal alone. */
function answersOfExec(answers: readonly RedisAnswer[]): readonly RedisAnswer[] {
  const last = answers.at(-1);
  if (last === undefined || "error" in last) return last === undefined ? [] : [last];
  const results: readonly unknown[] = Array.isArray(last.result) ? last.result : [];
  return results.map((result) => (result instanceof Error ? { error: result.message } : { result }));
}

/** Takes Upstash's flag from a script, and from then on finds the script by the hash that its sender knows. */
function asRedisKnows(command: RedisCommand, rewritten: Map<string, string>): string[] {
  const [name, first, ...rest] = command;
  if (name === undefined || first === undefined) return [...command];
  const verb = name.toUpperCase();
  if (verb === "EVALSHA") return [name, rewritten.get(first.toLowerCase()) ?? first, ...rest];
  if (verb !== "EVAL" || !UPSTASH_FLAG.test(first)) return [...command];
  const script = first.replace(UPSTASH_FLAG, "#!lua");
  if (rewritten.size < SCRIPTS_MAX) rewritten.set(sha1(first), sha1(script));
  return [name, script, ...rest];
}

const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex");
