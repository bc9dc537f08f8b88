import { types } from "pg";

/** A value's JavaScript form as `pg` reads it by default: int8 and numeric stay text, JSON and arrays are parsed. */
export function parseText(typeOid: number, text: string): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum lists a part of the OIDs; the function takes any
  const parse: (text: string) => unknown = types.getTypeParser(typeOid, "text");
  return parse(text);
}
