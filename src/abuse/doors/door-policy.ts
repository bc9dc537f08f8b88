/**
 * Who an attempt is counted against.
 * - `host`: the caller's address: an IPv4 address, or the /64 that one IPv6 customer has to spread over.
 * - `network`: its neighbours: an IPv4 /24, an IPv6 /48.
 * - `address`: an e-mail address, whoever asks for it.
 * - `account`: a person or an organization of ours.
 */
export type SubjectKind = "host" | "network" | "address" | "account";

/** At most so many attempts in any such time. */
export interface DoorLimit {
  readonly attempts: number;
  readonly windowMs: number;
}

/**
 * What a door does while the limiter does not answer.
 * - `closed`: nobody passes. For what can wait, and what abuse pays for most.
 * - `local`: the same limits, counted by each isolate for itself: weaker, never none.
 * - `open`: everybody passes. For what is proven by something else than its rate.
 */
export type AwayMode = "closed" | "local" | "open";

export interface DoorPolicy {
  readonly limits: Readonly<Partial<Record<SubjectKind, DoorLimit>>>;
  readonly whenAway: AwayMode;
  /** Counted by each isolate for itself, always: for what is not worth a question to the limiter. */
  readonly isByIsolate?: boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * The public doors. A limit of an e-mail address is higher than that of one host: else a single host could keep its owner
 * out. docs/doors.md says what each is for.
 */
export const DOORS = {
  sign_up: {
    limits: {
      host: { attempts: 5, windowMs: HOUR_MS },
      network: { attempts: 30, windowMs: HOUR_MS },
      address: { attempts: 6, windowMs: HOUR_MS },
    },
    // An account brings credit: nobody who has one is kept out meanwhile.
    whenAway: "closed",
  },
  sign_in: {
    limits: {
      host: { attempts: 10, windowMs: 15 * MINUTE_MS },
      network: { attempts: 100, windowMs: 15 * MINUTE_MS },
      address: { attempts: 30, windowMs: 15 * MINUTE_MS },
    },
    whenAway: "local",
  },
  password_reset: {
    limits: {
      host: { attempts: 5, windowMs: HOUR_MS },
      network: { attempts: 30, windowMs: HOUR_MS },
      address: { attempts: 6, windowMs: HOUR_MS },
    },
    whenAway: "local",
  },
  /** A token of a mailed link, which nobody guesses: this bounds the work that guessing makes. */
  link: {
    limits: {
      host: { attempts: 60, windowMs: HOUR_MS },
      network: { attempts: 600, windowMs: HOUR_MS },
    },
    whenAway: "local",
  },
  /** Something random to sign with a passkey: a row of ours that anybody may have made. */
  challenge: {
    limits: {
      host: { attempts: 60, windowMs: 15 * MINUTE_MS },
      network: { attempts: 600, windowMs: 15 * MINUTE_MS },
    },
    whenAway: "local",
  },
  /** A device that begins a sign-in, and asks every few seconds whether it was allowed. */
  device: {
    limits: {
      host: { attempts: 400, windowMs: 15 * MINUTE_MS },
      network: { attempts: 4_000, windowMs: 15 * MINUTE_MS },
    },
    whenAway: "local",
  },
  /** Who is signed in, or half: a guess at a code or at the password, before something that wants it again. */
  proof: {
    limits: {
      host: { attempts: 60, windowMs: 15 * MINUTE_MS },
      account: { attempts: 25, windowMs: 15 * MINUTE_MS },
    },
    whenAway: "local",
  },
  /** Mails an address that its owner may not have given. */
  email_change: {
    limits: {
      host: { attempts: 20, windowMs: HOUR_MS },
      account: { attempts: 10, windowMs: DAY_MS },
      address: { attempts: 5, windowMs: DAY_MS },
    },
    whenAway: "closed",
  },
  invitation: {
    limits: {
      host: { attempts: 60, windowMs: HOUR_MS },
      account: { attempts: 50, windowMs: DAY_MS },
      address: { attempts: 5, windowMs: DAY_MS },
    },
    // It mails somebody who did not ask for it, and can be sent again in a minute.
    whenAway: "closed",
  },
  /** What somebody who is signed in, or a management key, changes: that no program runs wild. */
  change: {
    limits: { account: { attempts: 300, windowMs: MINUTE_MS } },
    whenAway: "local",
  },
  /** And what they read. */
  read: {
    limits: { account: { attempts: 1_200, windowMs: MINUTE_MS } },
    whenAway: "local",
    isByIsolate: true,
  },
  webhook: {
    limits: {
      host: { attempts: 600, windowMs: MINUTE_MS },
      network: { attempts: 3_000, windowMs: MINUTE_MS },
    },
    // A signature proves who sent it, and one that is refused is a payment that we hear of late.
    whenAway: "open",
  },
} as const satisfies Record<string, DoorPolicy>;

export type Door = keyof typeof DOORS;

type LimitedBy<Name extends Door> = keyof (typeof DOORS)[Name]["limits"];

/**
 * What a door has to be told of an attempt: everything that it counts by, or it does not compile. Null where there is none
 * (no address in front of us, a passkey that names nobody): then that limit does not count.
 */
export type DoorSubjects<Name extends Door> = { readonly clientIp: string | null } & {
  readonly [Kind in LimitedBy<Name> & ("address" | "account")]: string | null;
};
