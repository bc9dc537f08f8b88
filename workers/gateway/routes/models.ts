import { findModel, models, priceSheet, type Model } from "#catalog";
import type { KeyMode } from "#kernel";
import { sentApiKey } from "../../http/bearer-token.ts";
import { authenticate } from "../authenticate.ts";
import { callerFormat } from "../caller-format.ts";
import type { GatewayContext } from "../context.ts";
import type { Overrides } from "../override-book.ts";
import { modelNotFound } from "../model-not-found.ts";
import { abortPolicyOf } from "../inference/abort-policy.ts";
import { SANDBOX_PROVIDER } from "../inference/find-route.ts";
import { anthropicList, anthropicModel, geminiList, geminiModel } from "./model-shapes.ts";
import { pricingBody } from "./pricing-body.ts";

/** OpenAI's shape wants a creation time; the catalogue has none, and a changing value would defeat caches. */
const CREATED = 0;

/** `GET /v1/models`: the models that a key can call right now, or those of live keys when none was sent. */
export async function listModels(context: GatewayContext): Promise<Response> {
  const mode = await callerMode(context);
  const overrides = await currentOverrides(context);
  const data = models()
    .filter((model) => isCallable(context, model, mode))
    .flatMap((model) => modelBody(context, model, overrides) ?? []);
  const format = callerFormat(context.req.raw);
  if (format === "anthropic") return context.json(anthropicList(data));
  return context.json(format === "gemini" ? geminiList(data) : { object: "list", data });
}

/** `GET /v1/models/{id}`: ids contain a slash, so both `/` and `%2F` are taken. */
export async function getModel(context: GatewayContext, id: string): Promise<Response> {
  const model = await callableModel(context, id);
  const body = modelBody(context, model, await currentOverrides(context));
  if (!body) throw modelNotFound(id);
  const format = callerFormat(context.req.raw);
  if (format === "anthropic") return context.json(anthropicModel(body));
  return context.json(format === "gemini" ? geminiModel(body) : body);
}

/** The model of a name, where the caller's kind of key can call it from here. Throws AppError `model_not_found`. */
export async function callableModel(context: GatewayContext, id: string): Promise<Model> {
  const mode = await callerMode(context);
  const model = findModel(id);
  if (!model || !isCallable(context, model, mode)) throw modelNotFound(id);
  return model;
}

async function callerMode(context: GatewayContext): Promise<KeyMode> {
  const { headers } = context.req.raw;
  if (sentApiKey(headers) === null) return "live";
  return (await authenticate(headers, context.get("services").peppers)).mode;
}

/** What operators have set at this moment. */
export function currentOverrides(context: GatewayContext): Promise<Overrides> {
  return context.get("services").overrides.current((work) => context.executionCtx.waitUntil(work));
}

function isCallable(context: GatewayContext, model: Model, mode: KeyMode): boolean {
  const { providers } = context.get("services");
  return model.endpoints.some(
    ({ provider }) => (provider === SANDBOX_PROVIDER) === (mode === "test") && providers.has(provider),
  );
}

/** The terms of its first endpoint that is usable here; `/endpoints` has those of all. */
function modelBody(context: GatewayContext, model: Model, { prices }: Overrides) {
  const services = context.get("services");
  const startedAtMs = context.get("startedAtMs");
  const usable = model.endpoints.flatMap((endpoint) => {
    const sheet = services.providers.has(endpoint.provider) ? priceSheet(endpoint, startedAtMs, prices) : null;
    return sheet ? [{ endpoint, sheet }] : [];
  });
  const [first] = usable;
  if (!first) return null;
  const { endpoint, sheet } = first;
  return {
    id: model.id,
    object: "model",
    created: CREATED,
    owned_by: endpoint.provider,
    name: model.name,
    aliases: model.aliases,
    operations: model.operations,
    input_modalities: model.input,
    output_modalities: model.output,
    capabilities: model.capabilities,
    context_tokens: endpoint.contextTokens,
    max_output_tokens: endpoint.maxOutputTokens,
    endpoints: usable.length,
    price_version: sheet.version,
    pricing: pricingBody(sheet),
    // What this gateway does, which is not always what the provider would: see docs/gateway.md.
    abort_policy: abortPolicyOf(model, endpoint),
    data_policy: endpoint.dataPolicy,
  };
}
