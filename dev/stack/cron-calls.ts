const CALL_TIMEOUT_MS = 15_000;

/** Tells the console to take keys and credits to the Account objects now. Throws when it does not answer 2xx. */
export async function callProjector(consoleUrl: string, internalToken: string): Promise<void> {
  await callConsole(consoleUrl, internalToken, "project");
}

/** Tells the console to seal the audit log now. Throws when it does not answer 2xx. */
export async function callSealer(consoleUrl: string, internalToken: string): Promise<void> {
  await callConsole(consoleUrl, internalToken, "seal-audit");
}

async function callConsole(consoleUrl: string, internalToken: string, job: "project" | "seal-audit"): Promise<void> {
  const response = await fetch(`${consoleUrl}/internal/${job}`, {
    method: "POST",
    headers: { authorization: `Bearer ${internalToken}` },
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`/internal/${job} answered ${response.status}`);
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
