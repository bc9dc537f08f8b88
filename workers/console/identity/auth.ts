import { createEmailVerificationToken } from "better-auth/api";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { betterAuth } from "better-auth";
import type { NeonHttpDatabase } from "drizzle-orm/neon-http";
import { newId, type Clock, type IdKind, type RandomBytes } from "#kernel";
import { SESSION_IDLE_SECONDS } from "#identity";
import { schema } from "#store";
import { hashedSessions } from "./hashed-sessions.ts";
import { hashPassword, verifyPassword } from "./hash-password.ts";
import type { Peppers } from "./peppers.ts";

export const SESSION_COOKIE = "__Host-prismatic";
export const PASSWORD_CHARACTERS = { min: 10, max: 128 } as const;
export const LINK_SECONDS = 3_600;
const IDS: Readonly<Record<string, IdKind>> = {
  user: "user",
  session: "session",
  account: "login",
  verification: "verification",
};

/** What a new person says of themselves beside name, address and password; nobody else can set it (S14). */
export interface NewPerson {
  readonly policyVersion: string;
  readonly locale: string;
  readonly timeZone: string;
}

export interface AuthMail {
  readonly verifyEmail: (user: AuthUser, token: string) => Promise<void>;
  readonly resetPassword: (user: AuthUser, token: string) => Promise<void>;
  readonly signUpExists: (user: AuthUser) => Promise<void>;
  readonly passwordReset: (user: AuthUser) => Promise<void>;
}

export interface AuthUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export interface AuthOptions {
  readonly db: NeonHttpDatabase;
  /** Of our own pages. */
  readonly siteUrl: string;
  readonly secret: string;
  readonly peppers: Peppers;
  readonly mail: AuthMail;
  readonly newPerson: NewPerson | null;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/**
 * better-auth for one request: people, passwords, mailed links and the session's cookie. Only our own operations call it;
 * its routes are not mounted. Its second factor, organizations and rate limits are not used: ours are stricter.
 */
export function createAuth({ db, siteUrl, secret, peppers, mail, newPerson, clock, random }: AuthOptions) {
  return betterAuth({
    appName: "Prismatic API",
    baseURL: siteUrl,
    basePath: "/api/v1/auth",
    secret,
    trustedOrigins: [siteUrl],
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    database: hashedSessions(
      drizzleAdapter(db, {
        provider: "pg",
        schema: {
          user: schema.accountUser,
          session: schema.userSession,
          account: schema.userLogin,
          verification: schema.userVerification,
        },
      }),
    ),
    advanced: {
      // On its own it would put a prefix of its choice before a name that has one: the attributes below say what counts.
      useSecureCookies: false,
      database: {
        generateId: ({ model }) => {
          const kind = IDS[model];
          if (kind === undefined) throw new RangeError(`no id for ${model}`);
          return newId(kind, clock, random);
        },
        validateSchema: false,
      },
      ipAddress: { ipAddressHeaders: ["cf-connecting-ip"] },
      cookies: {
        session_token: {
          name: SESSION_COOKIE,
          attributes: { httpOnly: true, secure: true, sameSite: "lax", path: "/" },
        },
      },
    },
    session: { expiresIn: SESSION_IDLE_SECONDS, disableSessionRefresh: true, additionalFields: SESSION_FIELDS },
    user: { additionalFields: USER_FIELDS },
    verification: { storeIdentifier: "hashed", disableCleanup: true },
    emailAndPassword: passwordRules(peppers, mail, secret),
    emailVerification: {
      expiresIn: LINK_SECONDS,
      sendOnSignUp: true,
      // A sign-in mails nothing: who knows one password could have a stranger mailed without end.
      sendOnSignIn: false,
      sendVerificationEmail: ({ user, token }) => mail.verifyEmail(user, token),
    },
    databaseHooks: {
      user: { create: { before: (user) => Promise.resolve({ data: { ...user, ...personFields(newPerson, clock) } }) } },
      session: {
        create: {
          before: (session) =>
            Promise.resolve({
              data: {
                ...session,
                userAgent: bounded(session.userAgent),
                provedAt: new Date(clock.nowMs()),
                factorAt: null,
              },
            }),
        },
      },
    },
  });
}

function passwordRules(peppers: Peppers, mail: AuthMail, secret: string) {
  return {
    enabled: true,
    requireEmailVerification: true,
    autoSignIn: false,
    minPasswordLength: PASSWORD_CHARACTERS.min,
    maxPasswordLength: PASSWORD_CHARACTERS.max,
    resetPasswordTokenExpiresIn: LINK_SECONDS,
    // `onPasswordReset` ends them, and the links too.
    revokeSessionsOnPasswordReset: false,
    password: {
      hash: (password: string) => hashPassword(password, peppers),
      verify: ({ hash, password }: { hash: string; password: string }) => verifyPassword(hash, password, peppers),
    },
    sendResetPassword: ({ user, token }: { user: AuthUser; token: string }) => mail.resetPassword(user, token),
    onPasswordReset: ({ user }: { user: AuthUser }) => mail.passwordReset(user),
    onExistingUserSignUp: async ({ user }: { user: AuthUser & { emailVerified: boolean } }) => {
      if (user.emailVerified) return mail.signUpExists(user);
      // Whoever signed up first, the link goes to the mailbox, and confirming wants the account's own password.
      const token = await createEmailVerificationToken(secret, user.email, undefined, LINK_SECONDS, {
        userId: user.id,
      });
      return mail.verifyEmail(user, token);
    },
  };
}

export type Auth = ReturnType<typeof createAuth>;

const USER_AGENT_CHARACTERS_MAX = 512;
const bounded = (text: string | null | undefined): string | null => text?.slice(0, USER_AGENT_CHARACTERS_MAX) ?? null;

const OURS = { required: false, input: false, returned: false } as const;
const USER_FIELDS = {
  attestedAdultAt: { type: "date", ...OURS },
  policyVersion: { type: "string", ...OURS },
  policyAcceptedAt: { type: "date", ...OURS },
  locale: { type: "string", ...OURS },
  timeZone: { type: "string", ...OURS },
} as const;
const SESSION_FIELDS = { provedAt: { type: "date", ...OURS }, factorAt: { type: "date", ...OURS } } as const;

function personFields(person: NewPerson | null, clock: Clock): Record<string, unknown> {
  if (person === null) throw new RangeError("nobody signs up here");
  const now = new Date(clock.nowMs());
  return { ...person, attestedAdultAt: now, policyAcceptedAt: now };
}
