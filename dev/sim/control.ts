import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.ts";
import type { Simulator } from "./exchange.ts";

const RECEIVED_DEFAULT = 100;

/**
 * The simulator's own door, `/_sim/…`: GET health, totals, config, received?limit=; POST config
 * `{ "directives": "delay=5" | {…}, "provider": "groq" | null }`, reset.
 */
export async function handleControl(
  simulator: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://sim");
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  switch (`${request.method ?? "GET"} ${url.pathname}`) {
    case "GET /_sim/health":
      return send(200, { ok: true });
    case "GET /_sim/totals":
      return send(200, simulator.log.totals());
    case "GET /_sim/config":
      return send(200, simulator.defaults.describe());
    case "GET /_sim/received": {
      const limit = Number(url.searchParams.get("limit") ?? RECEIVED_DEFAULT);
      if (!Number.isInteger(limit) || limit < 0) return send(400, { message: "limit must be a whole number" });
      return send(200, { totals: simulator.log.totals(), received: simulator.log.list(limit) });
    }
    case "POST /_sim/reset":
      simulator.reset();
      return send(200, { ok: true });
    case "POST /_sim/config": {
      const result = await configure(simulator, request);
      return send(result.ok ? 200 : 400, result);
    }
    default:
      return send(404, { message: "no such control" });
  }
}

async function configure(simulator: Simulator, request: IncomingMessage) {
  const body = await readBody(request);
  const parsed: unknown = body.kind === "body" ? parseJson(body.text) : null;
  if (typeof parsed !== "object" || parsed === null || !("directives" in parsed)) {
    return { ok: false, message: 'send { "directives": … }' };
  }
  const provider = "provider" in parsed && typeof parsed.provider === "string" ? parsed.provider : null;
  return simulator.configure(parsed.directives, provider);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
