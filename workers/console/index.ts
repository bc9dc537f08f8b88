import { Hono } from "hono";
import { AppError, ERRORS, type ErrorCode } from "#kernel";
import { logLine } from "#privacy";
import { ensurePartitions } from "#store";
import { compose, type ConsoleServices } from "./compose.ts";
import { projectOutbox } from "./cron/project-outbox.ts";
import { internalProject } from "./routes/internal-project.ts";

/** The console Worker: the control plane. Its first job is the projector; identity, billing and support join here. */
const app = new Hono<{ Bindings: ConsoleEnv }>();

app.get("/health", (context) => context.json({ status: "ok" }));
app.post("/internal/project", (context) => internalProject(context.req.raw, servicesOf(context.env)));
app.notFound(() => errorResponse("not_found"));
app.onError((error) => {
  const code = error instanceof AppError ? error.code : "internal_error";
  // The error's own text may quote a connection string or a payload; the code is what is logged.
  if (code === "internal_error") log({ level: "error", message: "console_request_failed", error_code: code });
  return errorResponse(code);
});

/** Once per isolate: a Worker whose secrets are missing fails every request instead of running half open. */
let composed: ConsoleServices | null = null;
function servicesOf(env: ConsoleEnv): ConsoleServices {
  composed ??= compose(env);
  return composed;
}

async function runCron(scheduledAtMs: number, env: ConsoleEnv): Promise<void> {
  const { db, applyEvents } = servicesOf(env);
  // The projector runs every minute; partitions are three months ahead, so once an hour is plenty.
  if (new Date(scheduledAtMs).getUTCMinutes() === 0) await ensurePartitions(db);
  const { applied, failed, waiting, setAside } = await projectOutbox(db, applyEvents);
  if (applied + failed + setAside > 0)
    log({
      level: setAside > 0 ? "error" : "info",
      message: "outbox_projected",
      applied,
      failed,
      waiting,
      set_aside: setAside,
    });
}

function errorResponse(code: ErrorCode): Response {
  const { status, type, message } = ERRORS[code];
  return Response.json({ error: { message, type, param: null, code } }, { status });
}

function log(fields: Parameters<typeof logLine>[0]): void {
  // oxlint-disable-next-line no-console -- Workers log by console; logLine lets only mapped fields pass
  console.log(logLine({ time: new Date().toISOString(), ...fields }));
}

export default {
  fetch: app.fetch,
  scheduled: (controller, env) => runCron(controller.scheduledTime, env),
} satisfies ExportedHandler<ConsoleEnv>;
