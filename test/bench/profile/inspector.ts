import { once } from "node:events";
import { z } from "zod";
import { cpuProfile, type CpuProfile } from "./summary.ts";

const SAMPLING_INTERVAL_MICROSECONDS = 200;
const targetList = z.array(z.object({ id: z.string(), webSocketDebuggerUrl: z.string() }));
const reply = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** Takes a CPU profile of one service of a workerd whose inspector listens on a loopback port, while `work` runs. */
export async function profileWhile(
  inspectorPort: number,
  service: string,
  work: () => Promise<void>,
): Promise<CpuProfile> {
  const response = await fetch(`http://127.0.0.1:${inspectorPort}/json/list`);
  const targets = targetList.parse(await response.json());
  const found = targets.find((target) => target.id.endsWith(service)) ?? targets[0];
  if (!found) throw new Error("the inspector lists no Worker");
  const socket = new WebSocket(found.webSocketDebuggerUrl);
  await once(socket, "open");
  const call = callOver(socket);
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: SAMPLING_INTERVAL_MICROSECONDS });
  await call("Profiler.start");
  await work();
  const stopped = z.object({ profile: cpuProfile }).parse(await call("Profiler.stop"));
  socket.close();
  return stopped.profile;
}

function callOver(socket: WebSocket): (method: string, params?: object) => Promise<unknown> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  socket.addEventListener("message", (event) => {
    const message = reply.safeParse(JSON.parse(String(event.data)));
    if (!message.success) return;
    const caller = waiting.get(message.data.id);
    waiting.delete(message.data.id);
    if (message.data.error) caller?.reject(new Error(message.data.error.message));
    else caller?.resolve(message.data.result);
  });
  return (method, params = {}) =>
    new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      socket.send(JSON.stringify({ id: lastId, method, params }));
    });
}
