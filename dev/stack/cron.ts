const CALL_TIMEOUT_MS = 30_000;

/** What the cron trigger does in production, one by one: keys and credits to the Account objects, mail and webhooks that are due, the audit log's seals. */
export type CronJob = "project" | "send-mail" | "deliver-webhooks" | "seal-audit";

/** Tells the console to do a job now. Throws when it does not answer 2xx. */
export async function callConsole(consoleUrl: string, job: CronJob, internalToken: string): Promise<void> {
  const response = await fetch(`${consoleUrl}/internal/${job}`, {
    method: "POST",
    headers: { authorization: `Bearer ${internalToken}` },
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${job}: the console answered ${response.status}`);
}

/** Stands in for the cron trigger: a call every so often, never two at once. Stops after the one under way. */
export function callRegularly(
  call: () => Promise<void>,
  everyMs: number,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let running = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = call()
      .catch(onError)
      .finally(() => {
        busy = false;
      });
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
