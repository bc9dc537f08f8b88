/** The thread that carries the bytes of all links: the test's own thread is busy, and would add its delays to theirs. */
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { Relay } from "./relay.ts";

/** What is asked of one link. It is answered on `reply` once it is done, with a number where there is one to tell. */
export interface LinkCommand {
  readonly link: number;
  readonly command: { readonly targetPort: number } | { readonly roundTripMs: number } | "connections" | "cut";
  readonly reply: MessagePort;
}

/** Guarantee: the only one that starts this thread is links.ts, which gives it exactly this. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see the guarantee above
const { count } = workerData as { readonly count: number };

const relays = Array.from({ length: count }, () => new Relay());
const ports = await Promise.all(relays.map((relay) => relay.listen()));

function obey(relay: Relay, command: LinkCommand["command"]): number {
  if (command === "connections") return relay.connections;
  if (command === "cut") return relay.cut();
  if ("targetPort" in command) relay.leadTo(command.targetPort);
  else relay.setRoundTripMs(command.roundTripMs);
  return 0;
}

parentPort?.on("message", ({ link, command, reply }: LinkCommand) => {
  const relay = relays[link];
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  reply.postMessage(relay === undefined ? 0 : obey(relay, command));
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(ports);
