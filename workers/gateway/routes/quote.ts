import { limitedTest, routeRefusal } from "#routing";
import { invalidParameter, isRecord, memberText, parseBody } from "#wire";
import { readJsonText } from "../../http/read-body.ts";
import { authenticate } from "../authenticate.ts";
import type { GatewayContext } from "../context.ts";
import type { Route } from "../inference/find-route.ts";
import type { PreparedCall } from "../inference/prepared-call.ts";
import { planCall } from "../inference/run-inference.ts";
import { prepareQuoted, QUOTABLE } from "./quotable.ts";
import { boundUsd, estimateUsd, inputEstimate, outputTokens } from "./quote-cost.ts";

const MEMBERS: ReadonlySet<string> = new Set(["path", "body"]);

/**
 * `POST /v1/quote` `{ path, body }`: what a request would cost and where it would go, by the same code that would admit
 * it. Nothing is held, sent or stored, and the Account object is not asked: what its limits and policies would refuse is
 * quoted all the same.
 */
export async function quote(context: GatewayContext): Promise<Response> {
  const { limits, timer, peppers } = context.get("services");
  const key = await authenticate(context.req.raw.headers, peppers);
  const bounds = { limitBytes: limits.jsonBodyBytes, limitMs: limits.bodyMs, timer };
  const call = readQuoted(await readJsonText(context.req.raw, bounds));
  const route = await planCall(context, key, call);
  context.header("cache-control", "no-store");
  return context.json(quoteBody(call, route));
}

/** The body is priced as it is spelt, for its bytes are what bounds it. */
function readQuoted(text: string): PreparedCall {
  const { object, value } = parseBody(text, MEMBERS);
  const { path, body } = isRecord(value) ? value : {};
  if (typeof path !== "string") throw invalidParameter("path", "is required and must be a string.");
  if (!isRecord(body)) throw invalidParameter("body", "is required and must be an object.");
  const prepare = prepareQuoted(path);
  if (!prepare) throw invalidParameter("path", `must be one of ${QUOTABLE.join(", ")}, or a Gemini method's.`);
  return prepare(memberText(object, "body") ?? "");
}

function quoteBody(call: PreparedCall, { model, plan, targets, hold }: Route) {
  const isLimited = limitedTest(plan.limited);
  const free = plan.candidates.filter(({ endpoint }) => !isLimited(endpoint));
  const candidates = free.flatMap(({ endpoint }) => targets.get(endpoint.id) ?? []).slice(0, plan.tries);
  const [first] = candidates;
  if (!first) throw routeRefusal(plan, model.id);
  const quoted = candidates.map((target) => {
    const inputTokens = inputEstimate(call, target);
    return {
      model: target.model.id,
      endpoint: target.endpoint.id,
      provider: target.endpoint.provider,
      input_tokens_estimate: inputTokens,
      estimate_usd: estimateUsd(call, target, inputTokens),
      bound_usd: boundUsd(target.hold),
    };
  });
  return {
    object: "quote",
    model: model.id,
    operation: call.operation,
    price_version: first.sheet.version,
    input_tokens_estimate: quoted[0]?.input_tokens_estimate ?? null,
    input_tokens_bound: hold.inputTokens,
    output_tokens_maximum: outputTokens(hold),
    estimate_usd: quoted[0]?.estimate_usd ?? null,
    // Of all candidates together: any of them may be the one that answers.
    bound_usd: boundUsd(hold),
    candidates: quoted,
    excluded: [
      ...plan.excluded,
      ...plan.limited.map(({ endpoint }) => ({ endpoint: endpoint.id, reason: "rate_limited" })),
    ],
  };
}
