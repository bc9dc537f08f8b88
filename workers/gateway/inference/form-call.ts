import { AppError } from "#kernel";
import { isRecord, parseJson, type FormBody } from "#wire";
import type { PreparedCall } from "./prepared-call.ts";
import type { ReadCall } from "./read-call.ts";

export type PrepareForm = (form: FormBody) => PreparedCall;

/**
 * A call from a form. What guardrails look through are its texts, by their places; a redacted text takes its place and
 * the form is read anew.
 */
export function readFormCall(form: FormBody, prepare: PrepareForm): ReadCall {
  const texts = form.parts.flatMap(({ value }, index) => (typeof value === "string" ? [[index, value] as const] : []));
  return {
    call: prepare(form),
    text: JSON.stringify(Object.fromEntries(texts)),
    prepare: (text) => {
      const redacted = parseJson(text);
      if (!isRecord(redacted)) throw new AppError("internal_error");
      const parts = form.parts.map((part, index) => {
        const value = redacted[String(index)];
        return typeof value === "string" ? { ...part, value } : part;
      });
      return prepare({ ...form, parts });
    },
  };
}
