import type { NeonHttpDatabase } from "drizzle-orm/neon-http";
import type { Doorkeeper } from "#abuse";
import type { Clock, RandomBytes } from "#kernel";
import type { Peppers as KeyPeppers, SealingKey } from "#keys";
import type { MailRequest } from "#notify";
import type { Database } from "#store";
import type { Actor } from "../acting-database.ts";
import type { Peppers } from "../identity/peppers.ts";
import type { AskBreaches } from "../identity/breached-password.ts";
import type { SignInProviders } from "../identity/providers/compose-providers.ts";
import type { DerivedKey } from "../identity/seal-secret.ts";
import type { ApiContext } from "./context.ts";

/** One of our mails (src/notify), queued and then sent. */
export type SendMail = (context: ApiContext, request: MailRequest) => Promise<void>;

/** What operations need of the outside. */
export interface ApiServices {
  /** For reading: nobody acts. */
  readonly db: Database;
  readonly actAs: (actor: Actor) => NeonHttpDatabase;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Of our own pages, without a slash at its end. */
  readonly siteUrl: string;
  /** Signs cookies and links. */
  readonly authSecret: string;
  readonly passwordPeppers: Peppers;
  readonly factorKey: DerivedKey;
  /** Seals signing secrets of webhook endpoints. */
  readonly webhookKey: DerivedKey;
  /** Whether a webhook may be sent to an address. */
  readonly isDeliverableUrl: (url: string) => boolean;
  /** Sends webhooks of what an organization has just done; where that fails, the cron does it within a minute. */
  readonly dispatchWebhooks: (orgId: string) => Promise<void>;
  readonly keyPeppers: KeyPeppers;
  /** What customers' own provider keys are sealed to; null where this installation keeps none. */
  readonly sealingKey: SealingKey | null;
  readonly doorkeeper: Doorkeeper;
  /** Where else people may sign in; empty where nothing is configured. */
  readonly signInProviders: SignInProviders;
  readonly sendMail: SendMail;
  /** Takes what was just written to the Account objects; where that fails, the cron does it within a minute. */
  readonly project: () => Promise<void>;
  /** Null where nobody is asked. */
  readonly askBreaches: AskBreaches | null;
}
