import { desc, eq } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { securityEvent } from "../schema/index.ts";

const SECURITY_EVENTS = [
  "signed_up",
  "signed_in",
  "sign_in_failed",
  "factor_passed",
  "factor_failed",
  "recovery_code_used",
  "signed_out",
  "session_ended",
  "other_sessions_ended",
  "password_changed",
  "password_reset",
  "factor_added",
  "factor_removed",
  "passkey_added",
  "passkey_removed",
  "email_verified",
  "email_change_asked",
  "email_changed",
  "email_change_stopped",
  "email_change_reversed",
  "login_added",
  "login_removed",
  "account_closing",
  "account_reopened",
  "guesses_stopped",
  "device_let_in",
] as const;

export interface NewSecurityEvent {
  readonly id: string;
  readonly userId: string | null;
  readonly kind: (typeof SECURITY_EVENTS)[number];
  readonly sessionId: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly country: string | null;
}

export async function recordSecurityEvent(db: Database, event: NewSecurityEvent): Promise<void> {
  await db.insert(securityEvent).values(event);
}

/** Records what is told once a UTC day. False where it was recorded today: of twenty at once, one gets true. */
export async function recordOncePerDay(
  db: Database,
  event: NewSecurityEvent & { readonly kind: "guesses_stopped"; readonly occurredAt: Date },
): Promise<boolean> {
  const recorded = await db
    .insert(securityEvent)
    .values(event)
    .onConflictDoNothing()
    .returning({ id: securityEvent.id });
  return recorded.length > 0;
}

const EVENTS_MAX = 200;

/** What happened to a person's account lately, newest first. */
export function listSecurityEvents(db: Database, userId: string) {
  return db
    .select({
      id: securityEvent.id,
      kind: securityEvent.kind,
      occurredAt: securityEvent.occurredAt,
      ipAddress: securityEvent.ipAddress,
      userAgent: securityEvent.userAgent,
      country: securityEvent.country,
    })
    .from(securityEvent)
    .where(eq(securityEvent.userId, userId))
    .orderBy(desc(securityEvent.occurredAt))
    .limit(EVENTS_MAX);
}
