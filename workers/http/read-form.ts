import { AppError, type RandomBytes } from "#kernel";
import { invalidParameter, type FormBody, type FormPart } from "#wire";
import { readBody, type BodyBounds } from "./read-body.ts";

/** A sound file of the most that OpenAI takes (25 MiB), with the texts beside it. */
export const FORM_BODY_BYTES = 26 * 1_048_576;
const FORM_TYPE = /^multipart\/form-data\s*(;|$)/i;
/** RFC 2046: a boundary's characters, and at most 70 of them. */
const BOUNDARY = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"[^"\r\n]{1,70}"|[^\s;",]{1,70})\s*(?:;|$)/i;
const BOUNDARY_BYTES = 16;

export const isForm = (request: Request): boolean => FORM_TYPE.test(request.headers.get("content-type") ?? "");

/**
 * Reads a multipart form whole, within its bounds and never beyond the form's own. `boundary` is made anew, since one that
 * the caller knows could stand inside a part. Throws AppError `unsupported_content_type`, `body_too_large`,
 * `request_timeout`, or `invalid_parameter` for what the platform cannot take apart.
 */
export async function readFormBody(request: Request, bounds: BodyBounds, random: RandomBytes): Promise<FormBody> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!isForm(request)) throw new AppError("unsupported_content_type");
  if (!BOUNDARY.test(contentType)) throw invalidParameter("body", "is a multipart form without a boundary.");
  const bytes = await readBody(request, { ...bounds, limitBytes: Math.min(bounds.limitBytes, FORM_BODY_BYTES) });
  const parts: FormPart[] = [];
  for (const [name, value] of await takeApart(bytes, contentType)) {
    if (typeof value === "string") parts.push({ name, value });
    else {
      const file = { bytes: new Uint8Array(await value.arrayBuffer()), fileName: value.name, contentType: value.type };
      parts.push({ name, value: file });
    }
  }
  return { parts, boundary: newBoundary(random) };
}

async function takeApart(bytes: Uint8Array, contentType: string): Promise<FormData> {
  try {
    return await new Response(bytes, { headers: { "content-type": contentType } }).formData();
  } catch {
    // What the platform says about it may quote the body, so it is not kept as the cause.
    throw invalidParameter("body", "is not a whole multipart form.");
  }
}

function newBoundary(random: RandomBytes): string {
  return `form-${Array.from(random(BOUNDARY_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
