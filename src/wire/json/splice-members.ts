import type { JsonMember, JsonObjectText } from "./scan-object.ts";

/** Per member name: the JSON text of its new value, or null to remove it. */
export type MemberEdits = ReadonlyMap<string, string | null>;

/**
 * The object's text with some top-level members set or removed and everything else byte for byte as it was: number
 * spellings, whitespace, key order and escapes survive. A set member keeps its place; a new one goes to the end.
 * Of duplicate names only the last survives, edited or not, so that every reader sees the value that `JSON.parse` saw.
 */
export function spliceMembers(object: JsonObjectText, edits: MemberEdits): string {
  const { text, members, closeAt } = object;
  const last = new Map(members.map((member) => [member.name, member]));
  const first = members[0];
  const final = members.at(-1);
  let output = text.slice(0, first ? first.keyStart : closeAt);
  let empty = true;
  let previous: JsonMember | null = null;
  for (const member of members) {
    const edit = edits.get(member.name);
    if (last.get(member.name) === member && edit !== null) {
      if (!empty && previous) output += text.slice(previous.valueEnd, member.keyStart);
      output += text.slice(member.keyStart, member.valueStart);
      output += edit ?? text.slice(member.valueStart, member.valueEnd);
      empty = false;
    }
    previous = member;
  }
  for (const [name, value] of edits) {
    if (value === null || last.has(name)) continue;
    output += `${empty ? "" : ","}${JSON.stringify(name)}:${value}`;
    empty = false;
  }
  return output + text.slice(final ? final.valueEnd : closeAt);
}
