import type { NeonHttpDatabase } from "drizzle-orm/neon-http";
import { z } from "zod";
import { AppError } from "#kernel";
import { verifyKey, verifyManagementKey, type Peppers } from "#keys";
import { prepareMail } from "#notify";
import {
  findLeaked,
  queueMail,
  readersOfLeak,
  revokeLeaked,
  type Database,
  type LeakedKey,
  type LeakedKind,
} from "#store";
import { systemTimer } from "../../http/platform.ts";
import { readBody } from "../../http/read-body.ts";
import type { Actor } from "../acting-database.ts";
import type { ConsoleMail } from "../mail/compose-mail.ts";
import { isSignedByReporter, type LeakReporters } from "./leak-reporters.ts";

const BODY_BYTES_MAX = 262_144;
const BODY_MS_MAX = 10_000;
/** More in one report are no report; the body's own bound allows hardly more. */
const TOKENS_MAX = 2_000;

/** After GitHub's secret scanning partner program. Where a key was found is not kept: it may name a person. */
const reports = z.array(z.object({ token: z.string(), type: z.string().nullish() })).max(TOKENS_MAX);

export interface LeakServices {
  readonly db: Database;
  readonly actAs: (actor: Actor) => NeonHttpDatabase;
  readonly reporters: LeakReporters;
  readonly keyPeppers: Peppers;
  readonly mail: ConsoleMail;
  readonly project: () => Promise<void>;
  readonly requestId: string;
}

/**
 * `POST /leaked-keys`: keys that somebody has found where anybody can read them. Signed by a reporter that we know; what
 * is not is as if there were nothing here. Each key of ours is revoked, its owner and the organization's owners and admins
 * are told; repeating a report changes nothing. Answers which were ours, in GitHub's form, by the tokens' hashes.
 */
export async function leakedKeys(request: Request, services: LeakServices): Promise<Response> {
  const { reporters } = services;
  if (reporters.size === 0) throw new AppError("not_found");
  const bounds = { limitBytes: BODY_BYTES_MAX, limitMs: BODY_MS_MAX, timer: systemTimer };
  const body = await readBody(request, bounds);
  const id = request.headers.get("github-public-key-identifier") ?? "";
  const signature = request.headers.get("github-public-key-signature") ?? "";
  if (!isSignedByReporter(reporters, id, signature, body)) {
    services.mail.logger("warn", { message: "leak_report_unverified" });
    throw new AppError("not_found");
  }
  const parsed = reports.safeParse(parseJson(new TextDecoder().decode(body)));
  if (!parsed.success) throw new AppError("invalid_parameter", { params: { param: "body", reason: "is no report" } });
  const answers = [];
  try {
    for (const { token, type } of parsed.data) answers.push(await answerReport(services, token, type ?? null));
  } finally {
    // Whatever fails of the rest: those that were revoked are refused now.
    await services.project();
  }
  return Response.json(answers, { headers: { "cache-control": "no-store" } });
}

async function answerReport(services: LeakServices, token: string, type: string | null) {
  const named = await nameToken(token, services.keyPeppers);
  const key = named === null ? null : await findLeaked(services.db, named.kind, named.hash);
  if (key !== null) await revokeAndTell(services, key);
  return {
    token_hash: await hashOf(token),
    token_type: type,
    label: named === null ? ("false_positive" as const) : ("true_positive" as const),
  };
}

/** By its tag, without a look-up: whether it is one of our keys at all. */
async function nameToken(
  token: string,
  peppers: Peppers,
): Promise<{ readonly kind: LeakedKind; readonly hash: string } | null> {
  const verdict = await verifyKey(token, peppers);
  if (verdict.ok) return { kind: "api_key", hash: verdict.key.hash };
  const hash = await verifyManagementKey(token, peppers);
  return hash === null ? null : { kind: "management_key", hash };
}

/** In one transaction: a key that was revoked and of which nobody is told would be an outage without a reason. */
async function revokeAndTell({ db, actAs, mail, requestId }: LeakServices, key: LeakedKey): Promise<void> {
  const now = new Date(mail.clock.nowMs());
  const acting = actAs({ kind: "system", id: "leak_report", requestId, ipAddress: null, userAgent: null });
  const drafts = (await readersOfLeak(db, key.orgId, key.memberId)).map(({ name, email, locale, organization }) =>
    prepareMail(mail, {
      template: "key_leaked",
      to: email,
      locale,
      values: {
        name,
        organization,
        keyName: key.name,
        keyPrefix: key.prefix,
        revokedAt: now.toISOString(),
        url: `${mail.site.origin}/app/keys`,
      },
    }),
  );
  const [first, ...more] = await Promise.all(drafts);
  const revocation = revokeLeaked(acting, key, now);
  if (first) await acting.batch([revocation, queueMail(acting, [first, ...more])]);
  else await revocation;
  mail.logger("warn", { message: "leaked_key_revoked", org_id: key.orgId });
}

/** SHA-256 in base64, as GitHub takes it: a key is not sent back. */
async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
