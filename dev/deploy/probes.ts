import { z } from "zod";
import type { DeployEnvironment } from "./environments.ts";

/** One question to a deployed Worker. */
export interface Probe {
  /** What is right when it is. */
  readonly what: string;
  readonly url: string;
  readonly init: RequestInit;
  /** Null where the answer is right, else what is wrong with it. */
  readonly judge: (response: Response) => Promise<string | null>;
}

const BODY_MAX_BYTES = 8 * 1_048_576;
/** Has the form of no key, so that it is refused before anything is looked up. */
const NO_KEY = "prism_live_not_a_key";
const NO_MANAGEMENT_KEY = "prism_mgmt_not_a_key";

const HEALTHY = z.object({ status: z.literal("ok") });
const MODELS = z.object({ data: z.array(z.object({ id: z.string() })).min(1) });
const GATEWAY_REFUSAL = z.object({ error: z.object({ code: z.literal("invalid_api_key"), message: z.string() }) });
const CONSOLE_REFUSAL = z.object({
  code: z.literal("invalid_management_key"),
  status: z.literal(401),
  request_id: z.string(),
});
const NOTHING_HERE = z.object({ error: z.object({ code: z.literal("not_found") }) });
const PROJECTED = z.object({ applied: z.number(), failed: z.number(), waiting: z.number() });

/** `internalToken` null: what only an operator may ask is not asked. */
export function probesOf({ hosts }: DeployEnvironment, internalToken: string | null): readonly Probe[] {
  const [gateway, control] = [`https://${hosts.gateway}`, `https://${hosts.console}`];
  const projection = `${control}/internal/project`;
  const probes: Probe[] = [
    get("the gateway is healthy", `${gateway}/health`, 200, HEALTHY),
    get("the gateway lists models", `${gateway}/v1/models`, 200, MODELS),
    get("the gateway refuses a key that is none", `${gateway}/v1/key`, 401, GATEWAY_REFUSAL, NO_KEY),
    get("the console is healthy", `${control}/health`, 200, HEALTHY),
    get("the control API refuses a key that is none", `${control}/api/v1/me`, 401, CONSOLE_REFUSAL, NO_MANAGEMENT_KEY),
    post("the console hides its internal routes", projection, 404, NOTHING_HERE),
  ];
  if (internalToken !== null)
    probes.push(post("the console reaches database and objects", projection, 200, PROJECTED, internalToken));
  return probes;
}

function get(what: string, url: string, status: number, body: z.ZodType, bearer?: string): Probe {
  return { what, url, init: { headers: authorization(bearer) }, judge: judge(status, body) };
}

function post(what: string, url: string, status: number, body: z.ZodType, bearer?: string): Probe {
  return { what, url, init: { method: "POST", headers: authorization(bearer) }, judge: judge(status, body) };
}

const authorization = (bearer: string | undefined): Record<string, string> =>
  bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };

function judge(status: number, schema: z.ZodType) {
  return async (response: Response): Promise<string | null> => {
    const text = await boundedText(response);
    if (response.status !== status) return `answers ${response.status} instead of ${status}`;
    return schema.safeParse(parseJson(text)).success ? null : `answers ${status} in another form`;
  };
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) throw new RangeError("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
