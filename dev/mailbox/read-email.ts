import { z } from "zod";
import { refusals, type Refusal } from "./refusals.ts";

/** What a request to send asks for, of the members that we use. */
export interface SentEmail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
}

const RECIPIENTS_MAX = 50;
const ADDRESS = /^(?:[^<>\r\n]*<)?([^\s<>@]+@[^\s<>@.]+(?:\.[^\s<>@.]+)+)>?$/;
/** RFC 5322 lets no header's value hold a line end; Resend refuses such subjects. */
const LINE_END = /[\r\n]/;

// Other members (`tags`, `headers`, …) are taken and not kept.
const body = z.looseObject({
  from: z.string().optional(),
  to: z.union([z.string(), z.array(z.string())]).optional(),
  subject: z.string().optional(),
  html: z.string().nullish(),
  text: z.string().nullish(),
});

export type ReadResult =
  | { readonly ok: true; readonly email: SentEmail }
  | { readonly ok: false; readonly refusal: Refusal };

/** Reads a request to send as Resend does, with its refusals in its order. */
export function readEmail(value: unknown): ReadResult {
  const parsed = body.safeParse(value);
  if (!parsed.success) {
    const [field] = parsed.error.issues[0]?.path ?? [];
    return refuse(refusals.invalidField(String(field ?? "body")));
  }
  const { from, to: sentTo, subject, html = null, text = null } = parsed.data;
  const to = typeof sentTo === "string" ? [sentTo] : (sentTo ?? []);
  if (from === undefined) return refuse(refusals.missingField("from"));
  if (to.length === 0) return refuse(refusals.missingField("to"));
  if (subject === undefined) return refuse(refusals.missingField("subject"));
  if (html === null && text === null) return refuse(refusals.missingContent);
  if (!ADDRESS.test(from)) return refuse(refusals.invalidAddress("from"));
  if (to.length > RECIPIENTS_MAX || !to.every((entry) => ADDRESS.test(entry)))
    return refuse(refusals.invalidAddress("to"));
  if (LINE_END.test(subject)) return refuse(refusals.invalidField("subject"));
  return { ok: true, email: { from, to, subject, html, text } };
}

const refuse = (refusal: Refusal): ReadResult => ({ ok: false, refusal });
