import type { Hono } from "hono";
import { AppError } from "#kernel";
import type { GatewayContext, GatewayHono } from "../context.ts";

export type Handler = (context: GatewayContext) => Response | Promise<Response>;

/** Registers a path with exactly the methods it answers, with and without `/v1`; any other method is a 405 that names them. */
export function route(app: Hono<GatewayHono>, path: string, method: "GET" | "POST", handler: Handler): void {
  for (const full of [`/v1${path}`, path]) {
    app.on(method, full, handler);
    app.all(full, (context) => {
      context.header("Allow", method);
      throw new AppError("method_not_allowed", { params: { method: context.req.method } });
    });
  }
}

/**
 * Gemini's addresses hold the model and the method. Google's clients ask below `/v1beta` or `/v1`, as their version has
 * it; Vercel's leaves `models/` out where a model's id has a slash.
 */
export function routeGemini(app: Hono<GatewayHono>, handler: Handler): void {
  for (const full of ["/v1/models/:rest{.+}", "/v1beta/models/:rest{.+}", "/v1beta/:rest{.+:.+}"])
    app.post(full, handler);
}

/** Google's clients list models below `/v1beta`. */
export function routeGeminiModels(
  app: Hono<GatewayHono>,
  list: Handler,
  get: (context: GatewayContext, id: string) => Promise<Response>,
): void {
  app.get("/v1beta/models", list);
  app.get("/v1beta/models/:id{.+}", (context) => get(context, context.req.param("id") ?? ""));
}
