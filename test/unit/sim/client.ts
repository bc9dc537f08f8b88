import OpenAI from "openai";
import type { Sim } from "../../../dev/sim/index.ts";

/** The official client, unmodified, pointed at one of the simulated providers. */
export function clientOf(sim: Sim, provider = "openai"): OpenAI {
  return new OpenAI({ apiKey: "sk-test-key", baseURL: `${sim.url}/${provider}/v1`, maxRetries: 0 });
}

export const user = (content: string) => [{ role: "user" as const, content }];

/** A raw call, for what a client would not show. */
export async function post(
  sim: Sim,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${sim.url}${path}`, {
    method: "POST",
    headers: { authorization: "Bearer sk-test-key", "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** The JSON of a stream's events, with LF framing, without `[DONE]`. */
export function eventsOf(text: string): unknown[] {
  const data = text.split("\n\n").filter((event) => event.startsWith("data: ") && event !== "data: [DONE]");
  return data.map((event): unknown => JSON.parse(event.slice("data: ".length)));
}

export async function readAll<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
