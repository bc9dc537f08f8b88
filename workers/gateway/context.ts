import type { Context } from "hono";
import type { Services } from "./compose.ts";

/** What every handler of the gateway finds on its context. */
export interface GatewayHono {
  Bindings: GatewayEnv;
  Variables: {
    /** `gen_…`: the request id, and the generation's where there is one. */
    requestId: string;
    startedAtMs: number;
    services: Services;
  };
}

export type GatewayContext = Context<GatewayHono>;
