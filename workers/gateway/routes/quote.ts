import { AppError, costNano, formatUsd, nanoUsd, type NanoUsd } from "#kernel";
import { estimateInputTokens, type MeteredHold } from "#metering";
import {
  anthropicClient,
  geminiClient,
  isRecord,
  openAiChatClient,
  openAiCompletionsClient,
  openAiResponsesClient,
  parseJson,
} from "#wire";
import { readJsonText } from "../../http/read-body.ts";
import { authenticate } from "../authenticate.ts";
import type { GatewayContext } from "../context.ts";
import { prepareEmbeddings } from "../inference/prepare-embeddings.ts";
import { prepareText } from "../inference/prepare-text.ts";
import type { PreparedCall } from "../inference/prepared-call.ts";
import { planCall } from "../inference/run-inference.ts";

const BODY_SAYS = { model: null, stream: null };

/** What can be quoted, by the address that it would be sent to. */
const PATHS: Readonly<Record<string, (text: string) => PreparedCall>> = {
  "/v1/chat/completions": prepareText(openAiChatClient, BODY_SAYS),
  "/v1/responses": prepareText(openAiResponsesClient, BODY_SAYS),
  "/v1/completions": prepareText(openAiCompletionsClient, BODY_SAYS),
  "/v1/messages": prepareText(anthropicClient, BODY_SAYS),
  "/v1/embeddings": prepareEmbeddings,
};

/**
 * `POST /v1/quote` `{ path, body }`: what a request would cost at most and where it would go, by the same code that
 * would admit it. Nothing is held, sent or stored.
 */
export async function quote(context: GatewayContext): Promise<Response> {
  const { services } = context.var;
  const { limits, timer } = services;
  const key = await authenticate(context.req.raw.headers, services.peppers);
  const bounds = { limitBytes: limits.jsonBodyBytes, limitMs: limits.bodyMs, timer };
  const asked = parseJson(await readJsonText(context.req.raw, bounds));
  if (!isRecord(asked)) throw invalid("body", "must be an object with path and body.");
  const { path, body } = asked;
  if (typeof path !== "string") throw invalid("path", "is required and must be a string.");
  if (!isRecord(body)) throw invalid("body", "is required and must be an object.");
  const call = prepare(path, body);
  const route = await planCall(context, key, call);
  const targets = route.plan.candidates.flatMap(({ endpoint }) => route.targets.get(endpoint.id) ?? []);
  const [first] = targets;
  if (!first) throw new AppError("internal_error");
  const input = { ...call.input, estimatedTextTokens: call.estimateTextTokens() };
  context.header("cache-control", "no-store");
  return context.json({
    object: "quote",
    model: route.model.id,
    price_version: first.sheet.version,
    input_tokens_estimate: estimateInputTokens(call.operation, input, first.endpoint),
    input_tokens_bound: route.hold.inputTokens,
    output_tokens_maximum: outputTokens(route.hold),
    bound_usd: formatUsd(boundOf(route.hold)),
    candidates: targets.map(({ model, endpoint, hold }) => ({
      model: model.id,
      endpoint: endpoint.id,
      provider: endpoint.provider,
      bound_usd: formatUsd(boundOf(hold)),
    })),
    excluded: route.plan.excluded,
  });
}

function prepare(path: string, body: object): PreparedCall {
  const text = JSON.stringify(body);
  const gemini = /^\/v1(?:beta)?\/models\/(.+):(generateContent|streamGenerateContent)$/.exec(path);
  if (gemini) {
    const [, model = "", method] = gemini;
    return prepareText(geminiClient, { model, stream: method === "streamGenerateContent" })(text);
  }
  const known = Object.hasOwn(PATHS, path) ? PATHS[path] : undefined;
  if (!known) throw invalid("path", `must be one of ${Object.keys(PATHS).join(", ")}, or a Gemini method's.`);
  return known(text);
}

/** Per choice: what the caller named, else what the model can do. */
const outputTokens = ({ output }: MeteredHold): number | null =>
  output && Math.min(output.requested ?? output.maximum, output.maximum);

/** The most that the call can cost when nothing limits it but the model and the caller. */
function boundOf(hold: MeteredHold): NanoUsd {
  const tokens = outputTokens(hold);
  if (!hold.output || tokens === null) return hold.baseNano;
  const units = BigInt(tokens) * BigInt(hold.output.choices);
  return nanoUsd(hold.baseNano + costNano([{ units, price: hold.output.price }]));
}

function invalid(param: string, reason: string): AppError {
  return new AppError("invalid_parameter", { param, params: { param, reason } });
}
