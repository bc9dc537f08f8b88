import type { SentEmail } from "./read-email.ts";

/** A message as it lies in the mailbox. */
export interface StoredMessage extends SentEmail {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly created_at: string;
  readonly idempotency_key: string | null;
  /** What became of it, in the words of Resend's events. */
  readonly last_event: "delivered" | "bounced" | "complained";
}

interface Answered {
  readonly payload: string;
  readonly id: string;
}

/** Older ones are forgotten: a mailbox that runs for weeks keeps its size. */
const MESSAGES_MAX = 500;
const KEYS_MAX = 5_000;

/** The messages in memory, newest last, and which idempotency keys brought them. */
export class MessageStore {
  readonly #messages: StoredMessage[] = [];
  readonly #answered = new Map<string, Answered>();
  readonly #waiters = new Set<() => void>();

  add(message: StoredMessage, payload: string): void {
    this.#messages.push(message);
    if (this.#messages.length > MESSAGES_MAX) this.#messages.shift();
    if (message.idempotency_key !== null) this.#remember(message.idempotency_key, { payload, id: message.id });
    for (const wake of this.#waiters) wake();
  }

  #remember(key: string, answered: Answered): void {
    this.#answered.set(key, answered);
    const [oldest] = this.#answered.keys();
    if (this.#answered.size > KEYS_MAX && oldest !== undefined) this.#answered.delete(oldest);
  }

  /** What a request with that key was answered before. */
  answered(key: string): Answered | null {
    return this.#answered.get(key) ?? null;
  }

  /** Newest first; of one recipient, or of everybody. */
  list(to: string | null = null): StoredMessage[] {
    const wanted = to?.toLowerCase() ?? null;
    const found = this.#messages.filter(
      (message) => wanted === null || message.to.some((entry) => isTo(entry, wanted)),
    );
    return found.reverse();
  }

  find(id: string): StoredMessage | null {
    return this.#messages.find((message) => message.id === id) ?? null;
  }

  /** Forgets the messages. Keys are remembered, as Resend does. */
  clear(): void {
    this.#messages.length = 0;
  }

  /** The first message that passes, now or later; rejects after the time. */
  async waitFor(accepts: (message: StoredMessage) => boolean, timeoutMs: number): Promise<StoredMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<StoredMessage>();
    const look = (): void => {
      const found = this.#messages.find(accepts);
      if (found) resolve(found);
    };
    const timer = setTimeout(() => reject(new Error(`no such mail within ${timeoutMs} ms`)), timeoutMs);
    this.#waiters.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(look);
    }
  }
}

const isTo = (entry: string, wanted: string): boolean => bareAddress(entry) === wanted;

/** `Name <local@host>` and `local@host` are the same recipient. */
export function bareAddress(entry: string): string {
  return (/<([^<>]+)>\s*$/.exec(entry)?.[1] ?? entry).trim().toLowerCase();
}
