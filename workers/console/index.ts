import { Hono } from "hono";
import { AppError, newId } from "#kernel";
import { ensurePartitions } from "#store";
import { errorResponse } from "../http/error-response.ts";
import { ConfigurationFault } from "../gateway/configuration-fault.ts";
import { consoleLogger } from "../http/logger.ts";
import { systemClock, systemRandom } from "../http/platform.ts";
import { createApi } from "./api/app.ts";
import { composeApi } from "./api/compose-api.ts";
import type { ApiServices } from "./api/services.ts";
import { compose, type ConsoleServices } from "./compose.ts";
import { projectOutbox } from "./cron/project-outbox.ts";
import { reconcileDue } from "./cron/reconcile.ts";
import { purge } from "./cron/purge.ts";
import { sealAudit } from "./cron/seal-audit.ts";
import { sendDueMail } from "./cron/send-mail.ts";
import { dispatchDeliveries } from "./deliveries/dispatch-deliveries.ts";
import { internalDeliverWebhooks } from "./routes/internal-deliver-webhooks.ts";
import { internalProject } from "./routes/internal-project.ts";
import { internalReconcile } from "./routes/internal-reconcile.ts";
import { internalSealAudit } from "./routes/internal-seal-audit.ts";
import { internalSendMail } from "./routes/internal-send-mail.ts";
import { passDoor } from "./doors/pass-door.ts";
import { leakedKeys } from "./webhooks/leaked-keys.ts";
import { resendWebhook } from "./webhooks/resend.ts";

export { WebhookSender } from "./deliveries/webhook-sender.ts";

/** The console Worker: the control plane. Its first job is the projector; identity, billing and support join here. */
const app = new Hono<{ Bindings: ConsoleEnv }>();

app.get("/health", (context) => context.json({ status: "ok" }));
app.post("/internal/project", (context) => internalProject(context.req.raw, servicesOf(context.env)));
app.post("/internal/reconcile", (context) =>
  internalReconcile(context.req.raw, servicesOf(context.env), systemClock.nowMs()),
);
app.post("/internal/seal-audit", (context) =>
  internalSealAudit(context.req.raw, servicesOf(context.env), {
    clock: () => systemClock.nowMs(),
    logger: consoleLogger,
  }),
);
app.post("/internal/send-mail", (context) => internalSendMail(context.req.raw, servicesOf(context.env)));
app.post("/internal/deliver-webhooks", (context) => internalDeliverWebhooks(context.req.raw, servicesOf(context.env)));
app.post("/webhooks/resend", (context) => resendWebhook(context.req.raw, servicesOf(context.env)));
app.post("/leaked-keys", async (context) => {
  const services = servicesOf(context.env);
  await passDoor(
    services.doorkeeper,
    "webhook",
    { clientIp: context.req.header("cf-connecting-ip") ?? null },
    systemClock.nowMs(),
  );
  const { mail } = services;
  const { actAs, keyPeppers, project } = await apiServicesOf(context.env);
  const requestId = newId("request", systemClock, systemRandom);
  const { db, leakReporters: reporters } = services;
  const answer = await leakedKeys(context.req.raw, { db, actAs, reporters, keyPeppers, mail, project, requestId });
  context.executionCtx.waitUntil(sendDueMail(mail));
  return answer;
});
app.route("/", createApi(apiServicesOf));
app.notFound(() => refuse(new AppError("not_found")));
app.onError((error) => {
  if (error instanceof AppError) return refuse(error);
  // The error's own text may quote a connection string or a payload; only the code is logged.
  consoleLogger("error", { message: "console_request_failed", error_code: "internal_error" });
  return refuse(new AppError("internal_error"));
});

function refuse(error: AppError): Response {
  const body = errorResponse.body(error, crypto.randomUUID());
  return new Response(body, { status: errorResponse.status(error), headers: errorResponse.headers(error) });
}

/** Once per isolate: a Worker whose secrets are missing fails every request instead of running half open. */
let composed: ConsoleServices | null = null;
function servicesOf(env: ConsoleEnv): ConsoleServices {
  try {
    composed ??= compose(env);
  } catch (cause) {
    const fault = new ConfigurationFault(cause);
    consoleLogger("error", { message: fault.message });
    throw fault;
  }
  return composed;
}

let composedApi: Promise<ApiServices> | null = null;

function apiServicesOf(env: ConsoleEnv): Promise<ApiServices> {
  composedApi ??= composeApi(env, servicesOf(env)).catch((cause: unknown) => {
    composedApi = null;
    const fault = new ConfigurationFault(cause);
    consoleLogger("error", { message: fault.message });
    throw fault;
  });
  return composedApi;
}

async function runCron(scheduledAtMs: number, env: ConsoleEnv): Promise<void> {
  const { db, applyEvents, accounts, auditKeys } = servicesOf(env);
  // The projector runs every minute; partitions are three months ahead, so once an hour is plenty.
  const isHourly = new Date(scheduledAtMs).getUTCMinutes() === 0;
  if (isHourly) await ensurePartitions(db);
  const { applied, failed, waiting, setAside } = await projectOutbox(db, applyEvents);
  if (applied + failed + setAside > 0)
    consoleLogger(setAside > 0 ? "error" : "info", {
      message: "outbox_projected",
      applied,
      failed,
      waiting,
      set_aside: setAside,
    });
  const clock = () => systemClock.nowMs();
  await sealAudit({ db, keys: auditKeys, clock, logger: consoleLogger, isWhole: isHourly });
  await reconcileDue({ db, accounts, clock, logger: consoleLogger });
  if (isHourly) await purge({ db, clock, logger: consoleLogger });
}

export default {
  fetch: app.fetch,
  scheduled: (controller, env, context) => {
    // Beside the rest: none waits for another, and what one fails of is not the others'.
    const { mail, deliveries } = servicesOf(env);
    context.waitUntil(sendDueMail(mail));
    context.waitUntil(dispatchDeliveries(deliveries));
    return runCron(controller.scheduledTime, env);
  },
} satisfies ExportedHandler<ConsoleEnv>;
