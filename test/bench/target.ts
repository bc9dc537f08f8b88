import type { TargetName } from "./options.ts";
import type { Started } from "./processes.ts";
import { chatBody, chatRequest, messagesBody, requestBytes, type Destination, type StreamShape } from "./requests.ts";
import type { Translation } from "./translations.ts";

/** One thing that is measured: where it listens, what it is sent, and its process. */
export interface Target {
  readonly name: TargetName;
  readonly destination: Destination;
  /** The process whose CPU and memory count; null for the direct path. */
  readonly process: Started | null;
  /** The request for a whole answer, as bytes; null for a target that is measured by its streams alone. */
  readonly whole: Uint8Array | null;
  /** The request for a streamed answer of a shape, as bytes. */
  streamed(shape: StreamShape): Uint8Array;
}

export interface WholeTarget extends Target {
  readonly whole: Uint8Array;
}

export function answersWhole(target: Target): target is WholeTarget {
  return target.whole !== null;
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

/** A target that is asked for streams in the translation's client format, of the translation's model. */
export function makeTranslatedTarget(
  name: TargetName,
  { clientFormat, model }: Translation,
  { port, apiKey }: Destination,
  process: Started,
): Target {
  const isChat = clientFormat === "chat";
  const destination = { port, apiKey, path: isChat ? "/v1/chat/completions" : "/v1/messages" };
  return {
    name,
    destination,
    process,
    whole: null,
    streamed: (shape) => requestBytes(destination, isChat ? chatBody(shape, model) : messagesBody(shape, model)),
  };
}
