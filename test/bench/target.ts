import type { TargetName } from "./options.ts";
import type { Started } from "./processes.ts";
import { chatRequest, type Destination, type StreamShape } from "./requests.ts";

/** One thing that is measured: where it listens, what it is sent, and its process. */
export interface Target {
  readonly name: TargetName;
  readonly destination: Destination;
  /** The process whose CPU and memory count; null for the direct path. */
  readonly process: Started | null;
  /** The request for a whole answer, as bytes. */
  readonly whole: Uint8Array;
  /** The request for a streamed answer of a shape, as bytes. */
  streamed(shape: StreamShape): Uint8Array;
}

export function makeTarget(name: TargetName, destination: Destination, process: Started | null): Target {
  return {
    name,
    destination,
    process,
    whole: chatRequest(destination),
    streamed: (shape) => chatRequest(destination, shape),
  };
}
