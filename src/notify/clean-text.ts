/** Line ends and control characters, which could end a header's line or a paragraph. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** What is not seen and turns text around or hides it. The joiners stay: emoji and Persian names are written with them. */
const UNSEEN = /(?![\u200C\u200D])\p{Cf}/gu;
/** Where a mail program would begin to see an address in a text: a dot, colon, slash or at sign within a word. */
const LINK_JOINTS = /(?<=\S)[.:/\\@\u3002\uFF0E\uFF61](?=\S)/gu;
/** Takes no room and is no part of any address: mail programs do not make links over it. */
const NON_JOINER = "\u200C";
const NOTHING = "–";

/**
 * A text that somebody else has made, on one line, without anything that mail programs would turn into a link by
 * themselves: a name like `https://pay.example` is read, and leads nowhere.
 */
export function cleanText(value: string): string {
  const line = value.replace(BREAKS, " ").replace(UNSEEN, "").replace(/\s+/gu, " ").trim();
  return line === "" ? NOTHING : line.replace(LINK_JOINTS, (joint) => NON_JOINER + joint + NON_JOINER);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe within an element and within a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
