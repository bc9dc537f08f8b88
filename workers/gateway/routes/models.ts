import { findModel, models, priceSheet, type Model, type PriceOverrides, type TieredPrice } from "#catalog";
import type { KeyMode, Price } from "#kernel";
import { sentApiKey } from "../../http/bearer-token.ts";
import { authenticate } from "../authenticate.ts";
import type { GatewayContext } from "../context.ts";
import { modelNotFound } from "../model-not-found.ts";
import { abortPolicyOf } from "../inference/abort-policy.ts";
import { SANDBOX_PROVIDER } from "../inference/find-route.ts";

/** OpenAI's shape wants a creation time; the catalogue has none, and a changing value would defeat caches. */
const CREATED = 0;

/** `GET /v1/models`: the models that a key can call right now, or those of live keys when none was sent. */
export async function listModels(context: GatewayContext): Promise<Response> {
  const mode = await callerMode(context);
  const overrides = await currentOverrides(context);
  const data = models()
    .filter((model) => isCallable(context, model, mode))
    .flatMap((model) => modelBody(model, context.var.startedAtMs, overrides) ?? []);
  return context.json({ object: "list", data });
}

/** `GET /v1/models/{id}`: ids contain a slash, so both `/` and `%2F` are taken. */
export async function getModel(context: GatewayContext, id: string): Promise<Response> {
  const mode = await callerMode(context);
  const model = findModel(id);
  const body =
    model && isCallable(context, model, mode)
      ? modelBody(model, context.var.startedAtMs, await currentOverrides(context))
      : null;
  if (!body) throw modelNotFound(id);
  return context.json(body);
}

async function callerMode(context: GatewayContext): Promise<KeyMode> {
  const { headers } = context.req.raw;
  if (sentApiKey(headers) === null) return "live";
  return (await authenticate(headers, context.var.services.peppers)).mode;
}

function currentOverrides(context: GatewayContext): Promise<PriceOverrides> {
  return context.var.services.prices.current((work) => context.executionCtx.waitUntil(work));
}

function isCallable(context: GatewayContext, model: Model, mode: KeyMode): boolean {
  const { providers } = context.var.services;
  return model.endpoints.some(
    ({ provider }) => (provider === SANDBOX_PROVIDER) === (mode === "test") && providers.has(provider),
  );
}

function modelBody(model: Model, atMs: number, overrides: PriceOverrides) {
  const endpoint = model.endpoints[0];
  const sheet = endpoint && priceSheet(endpoint, atMs, overrides);
  if (!endpoint || !sheet) return null;
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
    price_version: sheet.version,
    pricing: Object.fromEntries(Object.entries(sheet.prices).map(([unit, price]) => [unit, tieredBody(price)])),
    // What this gateway does, which is not always what the provider would: see docs/gateway.md.
    abort_policy: abortPolicyOf(model, endpoint),
    data_policy: endpoint.dataPolicy,
  };
}

function tieredBody({ base, tiers }: TieredPrice) {
  return {
    ...priceBody(base),
    ...(tiers.length === 0
      ? {}
      : { tiers: tiers.map((tier) => ({ from_input_tokens: tier.fromInputTokens, ...priceBody(tier.price) })) }),
  };
}

/** Pico-USD have twelve decimals: a price is shown exactly, per the number of units it is stated for. */
function priceBody({ pico, per }: Price) {
  const text = pico.toString().padStart(13, "0");
  return { usd: `${text.slice(0, -12)}.${text.slice(-12)}`, per: Number(per) };
}
