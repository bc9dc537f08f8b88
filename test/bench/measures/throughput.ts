import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { HttpConnection } from "../http-connection.ts";
import { chatBody } from "../requests.ts";
import type { WholeTarget } from "../target.ts";

export const CONNECTIONS = 64;
const MS_PER_SECOND = 1000;

/** Requests per second over 64 keep-alive connections, each sending its next request when the last is answered. */
export async function measureThroughput(target: WholeTarget, durationMs: number): Promise<number> {
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => HttpConnection.open(target.destination.port)),
  );
  try {
    const startMs = performance.now();
    const endMs = startMs + durationMs;
    const counts = await Promise.all(connections.map((connection) => repeatUntil(connection, target.whole, endMs)));
    const answered = counts.reduce((sum, count) => sum + count, 0);
    return (answered * MS_PER_SECOND) / (performance.now() - startMs);
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function repeatUntil(connection: HttpConnection, request: Uint8Array, endMs: number): Promise<number> {
  let count = 0;
  while (performance.now() < endMs) {
    await connection.exchange(request);
    count += 1;
  }
  return count;
}

/** Sends a bounded number of requests over 64 connections, so that every path is compiled before it is measured. */
export async function warmUp(target: WholeTarget, requests: number): Promise<void> {
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => HttpConnection.open(target.destination.port)),
  );
  let left = requests;
  await Promise.all(
    connections.map(async (connection) => {
      while (left > 0) {
        left -= 1;
        await connection.exchange(target.whole);
      }
      connection.close();
    }),
  );
}

const autocannonReport = z.object({
  "2xx": z.number(),
  non2xx: z.number(),
  errors: z.number(),
  duration: z.number(),
});

/** The same by autocannon, as the check that our own client does not flatter: it costs more per request, so it shows less. */
export async function measureWithAutocannon(target: WholeTarget, durationMs: number): Promise<number> {
  const { port, path, apiKey } = target.destination;
  const program = fileURLToPath(import.meta.resolve("autocannon"));
  const seconds = Math.max(1, Math.round(durationMs / MS_PER_SECOND));
  const options = ["--json", "--no-progress", "-c", String(CONNECTIONS), "-d", String(seconds), "-m", "POST"];
  options.push("-H", `authorization=Bearer ${apiKey}`, "-H", "content-type=application/json", "-b", chatBody(null));
  const child = spawn(process.execPath, [program, ...options, `http://127.0.0.1:${port}${path}`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, "close");
  const report = autocannonReport.parse(JSON.parse(text));
  if (report.errors + report.non2xx > 0) throw new Error(`autocannon saw ${report.errors + report.non2xx} failures`);
  return report["2xx"] / report.duration;
}
