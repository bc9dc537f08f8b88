import type { RawUsage, StreamEnd } from "../events.ts";
import { itemTexts, memberText, scanObject } from "../json/scan-object.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";

export interface ImagesAnswer {
  readonly end: StreamEnd;
  readonly usage: RawUsage | null;
  readonly images: number;
}

const GARBAGE: ImagesAnswer = { end: "garbage", usage: null, images: 0 };

/**
 * Reads an answer with pictures for metering. Pictures are megabytes that nothing here needs: they are crossed by their
 * structure, and counted by the items that hold one. An answer without a picture is none.
 */
export function readImagesAnswer(text: string): ImagesAnswer {
  const answer = scanObject(text);
  const data = answer && memberText(answer, "data");
  if (!answer || !data) return GARBAGE;
  let images = 0;
  for (const item of itemTexts(data)) if (isPicture(item)) images += 1;
  if (images === 0) return GARBAGE;
  const usage = parseJson(memberText(answer, "usage") ?? "null");
  return { end: "complete", usage: isRecord(usage) ? usage : null, images };
}

/** A picture has one of these members, or both. */
const PICTURE_MEMBERS = ["b64_json", "url"];

function isPicture(text: string): boolean {
  const item = scanObject(text);
  return item !== null && PICTURE_MEMBERS.some((name) => memberText(item, name)?.startsWith('"'));
}
