import { OpenAPIHono } from "@hono/zod-openapi";
import { getCookie } from "hono/cookie";
import { AppError, newId } from "#kernel";
import { consoleLogger } from "../../http/logger.ts";
import { SESSION_COOKIE } from "../identity/auth.ts";
import type { ApiContext, ApiHono } from "./context.ts";
import { knownError } from "./known-error.ts";
import { OPERATIONS } from "./operations.ts";
import { bearerOf } from "../identity/read-management-key.ts";
import { problemResponse } from "./problem.ts";
import type { ApiServices } from "./services.ts";

const RATE_HEADERS = ["ratelimit", "ratelimit-policy"];
const SAFE_METHODS = new Set(["GET", "HEAD"]);

/** The control API: every operation of the table, below `/api/v1`. */
export function createApi(servicesOf: (env: ConsoleEnv) => Promise<ApiServices>): OpenAPIHono<ApiHono> {
  const app = new OpenAPIHono<ApiHono>().basePath("/api/v1");
  app.use(async (context, next) => {
    const services = await servicesOf(context.env);
    const requestId = newId("request", services.clock, services.random);
    context.set("services", services);
    context.set("requestId", requestId);
    context.header("x-request-id", requestId);
    // Answers are one person's: no cache on the way keeps them (S17).
    context.header("cache-control", "no-store");
    context.header("x-content-type-options", "nosniff");
    refuseCrossSite(context, services.siteUrl);
    await next();
  });
  for (const operation of OPERATIONS) operation.register(app);
  app.onError((error, context) => {
    const requestId = context.get("requestId") ?? "";
    const known = knownError(error);
    if (known.code === "internal_error") {
      // The error's own text may quote a row or a parameter: its name is all that is logged.
      const name = error instanceof Error ? error.name : "unknown";
      consoleLogger("error", { message: `control API: ${name}`, request_id: requestId, error_code: known.code });
    }
    const response = problemResponse(known, requestId, context.get("services")?.siteUrl ?? "");
    // What a cookie was set to before the fault stays set: a session that was made is one that can be ended.
    for (const cookie of context.res.headers.getSetCookie()) response.headers.append("set-cookie", cookie);
    for (const name of RATE_HEADERS) {
      const value = context.res.headers.get(name);
      if (value !== null) response.headers.set(name, value);
    }
    response.headers.set("x-request-id", requestId);
    return response;
  });
  // Where it is mounted, the outer router's own answer would be given.
  app.all("*", () => {
    throw new AppError("not_found");
  });
  return app;
}

/**
 * Cookies ride along from other sites' forms and scripts; `Origin` says whose page asks (S16). Browsers send it with every
 * unsafe method: who sends neither it nor a cookie is a program, as is who sends a management key, which rides along with
 * nothing. Of a key and a session together nobody could say who acts.
 */
function refuseCrossSite(context: ApiContext, siteUrl: string): void {
  const { method, headers } = context.req.raw;
  if (bearerOf(headers) !== null) {
    if (getCookie(context, SESSION_COOKIE) !== undefined) throw new AppError("ambiguous_credentials");
    return;
  }
  const origin = headers.get("origin");
  if (SAFE_METHODS.has(method) || (origin === null && !headers.has("cookie"))) return;
  if (origin !== siteUrl) throw new AppError("cross_site_request");
}
