import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.ts";
import type { Simulator } from "./exchange.ts";

const RECEIVED_DEFAULT = 100;
const SHARE_DEFAULT_PERCENT = 100;

/**
 * The simulator's own door, `/_sim/…`: GET health, totals, config, received?limit=; POST config
 * `{ "directives": "delay=5" | {…}, "provider": "groq" | null }`, fault `{ "fault": "kill" | "delay=50" | null,
 * "provider": …, "share": 1–100 }` (see `faults.ts`), reset.
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
    case "POST /_sim/config":
    case "POST /_sim/fault": {
      const result = steer(simulator, await readObject(request));
      return send(result.ok ? 200 : 400, result);
    }
    default:
      return send(404, { message: "no such control" });
  }
}

function steer(simulator: Simulator, body: Readonly<Record<string, unknown>>) {
  const provider = typeof body["provider"] === "string" ? body["provider"] : null;
  if ("directives" in body) return simulator.configure(body["directives"], provider);
  if (!("fault" in body)) return { ok: false, message: 'send { "directives": … } or { "fault": … }' };
  return simulator.setFault(body["fault"], provider, Number(body["share"] ?? SHARE_DEFAULT_PERCENT));
}

async function readObject(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const body = await readBody(request);
  try {
    const parsed: unknown = body.kind === "body" ? JSON.parse(body.text) : null;
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
