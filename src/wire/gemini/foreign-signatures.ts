import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { isOfGeneration3, NO_SIGNATURE } from "./encode-request.ts";

/** How every token begins that another format's answer left in a conversation (`signature.ts`). */
const FOREIGN_MARK = "prismatic.";
const NAMES = ["thoughtSignature", "thought_signature"] as const;

/**
 * The contents of a request without the signatures that other providers' answers left in them: Google would refuse the
 * whole request for one. Null where there are none, which one search of the text tells.
 */
export function withoutForeignSignatures(object: JsonObjectText, upstreamModel: string): string | null {
  const text = object.text.includes(`"${FOREIGN_MARK}`) ? memberText(object, "contents") : null;
  const contents = text === null ? null : parseJson(text);
  if (!Array.isArray(contents)) return null;
  const isSigned = isOfGeneration3(upstreamModel);
  const own = contents.flatMap((content: unknown): unknown[] => {
    if (!isRecord(content) || !Array.isArray(content["parts"])) return [content];
    const parts = content["parts"].flatMap((part: unknown): unknown[] => ownPart(part, isSigned));
    return parts.length === 0 ? [] : [{ ...content, parts }];
  });
  return JSON.stringify(own);
}

function ownPart(part: unknown, isSigned: boolean): unknown[] {
  if (!isRecord(part) || !NAMES.some((name) => isForeign(part[name]))) return [part];
  const own = Object.fromEntries(Object.entries(part).filter(([name, value]) => !(isName(name) && isForeign(value))));
  const isCall = "functionCall" in part || "function_call" in part;
  if (isCall) return [isSigned ? { ...own, thoughtSignature: NO_SIGNATURE } : own];
  // Nothing but the signature was in it, or thoughts that Google did not think.
  return part["thought"] === true || part["text"] === "" ? [] : [own];
}

const isName = (name: string): boolean => NAMES.some((known) => known === name);
const isForeign = (value: unknown): boolean => typeof value === "string" && value.startsWith(FOREIGN_MARK);
