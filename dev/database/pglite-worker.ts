import { PGlite } from "@electric-sql/pglite";
import { parentPort, workerData } from "node:worker_threads";
import { isWorkerSettings, isWorkerRequest, type WorkerReply } from "./pglite-messages.ts";

/**
 * PGlite in a thread of its own: a statement occupies its thread entirely and nothing inside can interrupt it, so the
 * only statement timeout is to end the thread; and simulated providers go on streaming while a statement runs.
 */
async function main(): Promise<void> {
  const port = parentPort;
  const settings: unknown = workerData;
  if (!port || !isWorkerSettings(settings)) throw new Error("runs only as a worker of pglite-engine.ts");
  const { dataDir, copy } = settings;
  const inMemory = copy === null ? {} : { loadDataDir: copy };
  const pglite = await PGlite.create(dataDir === null ? inMemory : { dataDir });
  const reply = (message: WorkerReply): void => {
    port.postMessage(message);
  };
  port.on("message", (message: unknown) => {
    if (!isWorkerRequest(message)) return;
    const work = message.type === "close" ? pglite.close().then(() => null) : pglite.execProtocolRaw(message.bytes);
    work.then(
      (bytes) => reply({ type: "done", bytes }),
      (error: unknown) => reply({ type: "failed", message: error instanceof Error ? error.message : "PGlite stopped" }),
    );
  });
  reply({ type: "ready" });
}

await main();
