import { models } from "#catalog";
import { breakerState } from "#routing";
import type { GatewayContext } from "../context.ts";
import { isStopped } from "../override-book.ts";
import { SANDBOX_PROVIDER } from "../inference/find-route.ts";
import { currentOverrides } from "./models.ts";

const CACHE_CONTROL = "public, max-age=10";

/**
 * `GET /v1/status`: whether each configured provider answers, as this region sees it. Public: it says nothing of anybody's
 * traffic, only whether some endpoint of a provider is being left alone, by itself or by our operators.
 */
export async function getStatus(context: GatewayContext): Promise<Response> {
  const services = context.get("services");
  const { stops } = await currentOverrides(context);
  const nowMs = services.clock.nowMs();
  const endpoints = models().flatMap((model) => model.endpoints);
  const providers = [...services.providers.keys()]
    .filter((provider) => provider !== SANDBOX_PROVIDER)
    .map((provider) => {
      const own = endpoints.filter((endpoint) => endpoint.provider === provider);
      const open = own.filter(
        (endpoint) =>
          isStopped(stops, endpoint) || breakerState(services.health.read(endpoint.id).breaker, nowMs) === "open",
      );
      return { provider, status: open.length === 0 ? "ok" : "degraded", endpoints: own.length, failing: open.length };
    });
  const status = providers.some((one) => one.status === "degraded") ? "degraded" : "ok";
  context.header("cache-control", CACHE_CONTROL);
  return context.json({ object: "status", status, providers });
}
