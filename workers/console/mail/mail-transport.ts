/** A message as it goes out. */
export interface OutgoingMail {
  /** Also the provider's idempotency key, where it knows such. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/**
 * What came of a try. `code` is a word of ours: a provider's own text may quote an address.
 * `address_refused`: the address takes no mail, now or later. `refused`: this message will never be taken, whoever it is
 * to. `retry`: nobody knows yet; `isBusy` says that the provider wants less of everything for a while.
 */
export type SendResult =
  | { readonly outcome: "sent" }
  | { readonly outcome: "address_refused"; readonly code: string }
  | { readonly outcome: "refused"; readonly code: string }
  | {
      readonly outcome: "retry";
      readonly code: string;
      readonly retryAfterMs: number | null;
      readonly isBusy: boolean;
    };

/** The way to a provider of e-mail. Never rejects. */
export interface MailTransport {
  send(message: OutgoingMail): Promise<SendResult>;
}

export const retryLater = (code: string, retryAfterMs: number | null = null): SendResult => ({
  outcome: "retry",
  code,
  retryAfterMs,
  isBusy: false,
});

/** Of many messages that wait, none of the others would fare better now. */
export const providerBusy = (code: string, retryAfterMs: number | null = null): SendResult => ({
  outcome: "retry",
  code,
  retryAfterMs,
  isBusy: true,
});

/** What one try may take. The lease of a claim outlasts it. */
export const SEND_TIMEOUT_MS = 10_000;
