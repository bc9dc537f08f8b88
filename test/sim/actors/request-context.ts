import { AsyncLocalStorage } from "node:async_hooks";
import type { TrueCall } from "../model/true-records.ts";

/** One request of an isolate: what it began belongs to it, and is dropped with it. */
export class RequestContext {
  isAlive = true;
  /** Its call, from its admission until its end was told. */
  call: TrueCall | null = null;

  /** The platform forgets it: nothing that it began goes on. */
  drop(): void {
    this.isAlive = false;
    if (this.call !== null) this.call.isOrphan = true;
  }
}

/** As the platform knows which request a timer or an answer belongs to. */
export const currentRequest = new AsyncLocalStorage<RequestContext>();
