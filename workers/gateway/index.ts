import { createApp } from "./app.ts";
import { compose, type Services } from "./compose.ts";

export { Account } from "./account-object.ts";
export { Health } from "./health-object.ts";

/** The adapters of this isolate, put together at its first request. A failed start is tried again by the next. */
let services: Promise<Services> | null = null;

const app = createApp((env) => {
  services ??= compose(env).catch((error: unknown) => {
    services = null;
    throw error;
  });
  return services;
});

export default { fetch: app.fetch };
