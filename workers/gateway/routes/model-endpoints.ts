import { priceSheet, type Endpoint, type Model } from "#catalog";
import { breakerState, percentile, type EndpointHealth } from "#routing";
import type { GatewayContext } from "../context.ts";
import { isStopped } from "../override-book.ts";
import { abortPolicyOf } from "../inference/abort-policy.ts";
import { callableModel, currentOverrides } from "./models.ts";
import { pricingBody } from "./pricing-body.ts";

const MEDIAN = 0.5;

/** `GET /v1/models/{id}/endpoints`: every way to reach a model from here, with its terms and how it does lately. */
export async function listEndpoints(context: GatewayContext, id: string): Promise<Response> {
  const model = await callableModel(context, id);
  const services = context.get("services");
  const startedAtMs = context.get("startedAtMs");
  const overrides = await currentOverrides(context);
  const endpoints = model.endpoints.flatMap((endpoint) => {
    const sheet = priceSheet(endpoint, startedAtMs, overrides.prices);
    if (!services.providers.has(endpoint.provider) || !sheet) return [];
    return [
      {
        ...endpointBody(model, endpoint),
        price_version: sheet.version,
        pricing: pricingBody(sheet),
        health: healthBody(
          services.health.read(endpoint.id),
          isStopped(overrides.stops, endpoint),
          services.clock.nowMs(),
        ),
      },
    ];
  });
  return context.json({ object: "list", model: model.id, data: endpoints });
}

function endpointBody(model: Model, endpoint: Endpoint) {
  return {
    id: endpoint.id,
    object: "endpoint",
    provider: endpoint.provider,
    operations: endpoint.operations ?? model.operations,
    input_modalities: endpoint.input ?? model.input,
    output_modalities: endpoint.output ?? model.output,
    capabilities: endpoint.capabilities ?? model.capabilities,
    context_tokens: endpoint.contextTokens,
    max_output_tokens: endpoint.maxOutputTokens,
    quantization: endpoint.quantization ?? null,
    abort_policy: abortPolicyOf(model, endpoint),
    data_policy: endpoint.dataPolicy,
  };
}

/** What the isolates of this region saw within five minutes; null where nobody called. */
function healthBody(
  { breaker, firstByteMs, tokensPerSecond }: EndpointHealth,
  isOperatorsStop: boolean,
  nowMs: number,
) {
  const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value));
  return {
    state: isOperatorsStop ? "stopped" : breakerState(breaker, nowMs),
    first_byte_p50_ms: rounded(percentile(firstByteMs, MEDIAN, nowMs)),
    tokens_per_second_p50: rounded(percentile(tokensPerSecond, MEDIAN, nowMs)),
  };
}
