import { Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { AppError, newId } from "#kernel";
import { openAiChatClient } from "#wire";
import { errorResponse } from "../http/error-response.ts";
import { consoleLogger } from "../http/logger.ts";
import { systemClock, systemRandom } from "../http/platform.ts";
import type { Services } from "./compose.ts";
import { ConfigurationFault } from "./configuration-fault.ts";
import type { GatewayContext, GatewayHono } from "./context.ts";
import { encodeErrorFor } from "./error-format.ts";
import { prepareEmbeddings } from "./inference/prepare-embeddings.ts";
import { prepareText } from "./inference/prepare-text.ts";
import { EXPOSED_HEADERS } from "./inference/response-headers.ts";
import { BODY_SAYS } from "./inference/route-hints.ts";
import { runInference } from "./inference/run-inference.ts";
import { getCredits } from "./routes/credits.ts";
import { getGeneration } from "./routes/generation.ts";
import { getHealth } from "./routes/health.ts";
import { getKey } from "./routes/key.ts";
import { route, routeGemini, routeGeminiModels } from "./routes/method-table.ts";
import { listEndpoints } from "./routes/model-endpoints.ts";
import { getModel, listModels } from "./routes/models.ts";
import { getStatus } from "./routes/status.ts";

/** How long a browser may remember a preflight, in seconds. */
const PREFLIGHT_MAX_AGE_SECONDS = 86_400;

const CHAT = prepareText(openAiChatClient, BODY_SAYS);

/**
 * Formats that only some callers speak: loaded by the first that does, so that the others' isolates start without them
 * (docs/decisions/0004).
 */
const RESPONSES = () => import("./routes/responses.ts");
const COMPLETIONS = () => import("./routes/completions.ts");
const MESSAGES = () => import("./routes/messages.ts");
const MEDIA = () => import("./routes/media.ts");
const QUOTE = () => import("./routes/quote.ts");
const GEMINI = () => import("./routes/gemini.ts");

const answerPreflight = cors({ origin: "*", maxAge: PREFLIGHT_MAX_AGE_SECONDS });
const EXPOSED = EXPOSED_HEADERS.join(",");

/**
 * Keys are bearer tokens, so any origin may call: there is no cookie that another site could ride on. Calls themselves are
 * told here, because Hono's own middleware makes an empty response to write on, into which the real one is then copied.
 */
const allowAnyOrigin: MiddlewareHandler<GatewayHono> = async (context, next) => {
  if (context.req.method === "OPTIONS") return await answerPreflight(context, next);
  context.header("access-control-allow-origin", "*");
  context.header("access-control-expose-headers", EXPOSED);
  await next();
};

/** The gateway's routes. `getServices` answers the isolate's adapters. */
export function createApp(getServices: (env: GatewayEnv) => Promise<Services>): Hono<GatewayHono> {
  const app = new Hono<GatewayHono>();
  app.use(async (context, next) => {
    const startedAtMs = systemClock.nowMs();
    const requestId = newId("generation", { nowMs: () => startedAtMs }, systemRandom);
    context.set("startedAtMs", startedAtMs);
    context.set("requestId", requestId);
    context.header("x-request-id", requestId);
    context.header("request-id", requestId);
    context.set("services", await servicesOf(getServices, context.env));
    await next();
  });
  app.use(allowAnyOrigin);

  route(app, "/chat/completions", "POST", (context) => runInference(context, CHAT));
  route(app, "/responses", "POST", async (context) => (await RESPONSES()).createResponse(context));
  route(app, "/responses/input_tokens", "POST", async (context) => (await RESPONSES()).countResponseTokens(context));
  route(app, "/completions", "POST", async (context) => (await COMPLETIONS()).createCompletion(context));
  route(app, "/messages", "POST", async (context) => (await MESSAGES()).createMessage(context));
  route(app, "/messages/count_tokens", "POST", async (context) => (await MESSAGES()).countMessageTokens(context));
  routeGemini(app, async (context) => (await GEMINI()).callGemini(context));
  route(app, "/embeddings", "POST", (context) => runInference(context, prepareEmbeddings));
  route(app, "/rerank", "POST", async (context) => (await MEDIA()).rerank(context));
  route(app, "/moderations", "POST", async (context) => (await MEDIA()).moderate(context));
  route(app, "/images/generations", "POST", async (context) => (await MEDIA()).generateImages(context));
  route(app, "/images/edits", "POST", async (context) => (await MEDIA()).editImages(context));
  route(app, "/images/variations", "POST", async (context) => (await MEDIA()).varyImages(context));
  route(app, "/audio/speech", "POST", async (context) => (await MEDIA()).speak(context));
  route(app, "/audio/transcriptions", "POST", async (context) => (await MEDIA()).transcribe(context));
  route(app, "/audio/translations", "POST", async (context) => (await MEDIA()).translateAudio(context));
  route(app, "/models", "GET", listModels);
  route(app, "/models/:id{.+}/endpoints", "GET", (context) => listEndpoints(context, context.req.param("id") ?? ""));
  route(app, "/models/:id{.+}", "GET", (context) => getModel(context, context.req.param("id") ?? ""));
  routeGeminiModels(app, listModels, getModel);
  route(app, "/quote", "POST", async (context) => (await QUOTE()).quote(context));
  route(app, "/status", "GET", getStatus);
  route(app, "/key", "GET", getKey);
  route(app, "/credits", "GET", getCredits);
  route(app, "/generation", "GET", getGeneration);
  route(app, "/health", "GET", getHealth);

  app.notFound((context) => respond(context, new AppError("not_found")));
  app.onError((error, context) => respond(context, error));
  return app;
}

async function servicesOf(getServices: (env: GatewayEnv) => Promise<Services>, env: GatewayEnv): Promise<Services> {
  try {
    return await getServices(env);
  } catch (error) {
    throw new ConfigurationFault(error);
  }
}

function respond(context: GatewayContext, error: unknown): Response {
  const known = error instanceof AppError ? error : new AppError("internal_error", { cause: error });
  if (known.code === "internal_error") {
    // Not the services' logger: this may be the answer to there being no services.
    consoleLogger("error", {
      message: faultName(error),
      request_id: context.get("requestId"),
      route: context.req.routePath,
      error_code: known.code,
    });
  }
  for (const [name, value] of errorResponse.headers(known)) context.header(name, value);
  return context.body(encodeErrorFor(context.req.raw, known, context.get("requestId")), errorResponse.status(known));
}

/** An error's own text may quote content: only its kind is logged, and what we worded ourselves. */
function faultName(error: unknown): string {
  if (error instanceof ConfigurationFault) return error.message;
  return error instanceof Error ? error.name : "unknown";
}
