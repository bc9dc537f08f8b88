import { invalidParameter, isRecord } from "./parse-body.ts";

type Values = Readonly<Record<string, unknown>>;

/** Reads the members of one JSON object, strict in type. Null stands for absent and for null. Each throws AppError `invalid_parameter`. */
export interface MemberReader {
  /** The member's value, whatever it is; undefined where absent. */
  raw(name: string): unknown;
  text(name: string): string | null;
  flag(name: string): boolean | null;
  number(name: string): number | null;
  /** A whole number of at least `minimum` (1 where left out) and at most `maximum`. */
  count(name: string, minimum?: number, maximum?: number): number | null;
  record(name: string): Values | null;
  list(name: string, maximum: number): readonly unknown[] | null;
  texts(name: string, maximum: number): readonly string[] | null;
}

/** `path` names the object in errors; "" for the body. `aliasOf` gives a second spelling under which a member may come. */
export function createMemberReader(
  values: Values,
  path: string,
  aliasOf?: (name: string) => string | null,
): MemberReader {
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const raw = (name: string): unknown => {
    const alias = aliasOf?.(name) ?? null;
    const value = values[name];
    if (alias === null || values[alias] === undefined) return value;
    // Which of the two a provider would read nobody knows, so that one could undo what the other was checked for.
    if (value !== undefined) throw invalidParameter(at(alias), `was sent beside '${name}', which is the same.`);
    return values[alias];
  };
  const read = <Value>(name: string, accepts: (value: unknown) => value is Value, reason: string): Value | null => {
    const value = raw(name);
    if (value === undefined || value === null) return null;
    if (!accepts(value)) throw invalidParameter(at(name), reason);
    return value;
  };
  const list = (name: string, maximum: number): readonly unknown[] | null => {
    const items = read(name, isList, "must be an array.");
    if (items && items.length > maximum) throw invalidParameter(at(name), `holds more than ${maximum} items.`);
    return items;
  };
  return {
    raw,
    list,
    text: (name) => read(name, isText, "must be a string."),
    flag: (name) => read(name, isFlag, "must be a boolean."),
    number: (name) => read(name, isNumber, "must be a number."),
    record: (name) => read(name, isRecord, "must be an object."),
    count(name, minimum = 1, maximum = Infinity) {
      const value = read(name, isWhole, "must be a whole number.");
      if (value !== null && value < minimum) throw invalidParameter(at(name), `must be at least ${minimum}.`);
      if (value !== null && value > maximum) throw invalidParameter(at(name), `must be at most ${maximum}.`);
      return value;
    },
    texts(name, maximum) {
      return (
        list(name, maximum)?.map((item, index) => {
          if (typeof item !== "string") throw invalidParameter(`${at(name)}[${index}]`, "must be a string.");
          return item;
        }) ?? null
      );
    },
  };
}

const isText = (value: unknown): value is string => typeof value === "string";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isWhole = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
