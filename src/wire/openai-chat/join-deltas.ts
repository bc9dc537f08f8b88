import { isRecord } from "../parse-body.ts";

type Building = Record<string, unknown>;

/** Adds a delta to what was said so far: texts follow each other; entries of one `index` are one; everything else is said once. */
export function joinDelta(whole: Building, delta: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(delta)) {
    const before = whole[name];
    if (Array.isArray(value)) whole[name] = joinLists(Array.isArray(before) ? before : [], value);
    else if (typeof value === "string" && typeof before === "string" && name !== "type") whole[name] = before + value;
    else if (isRecord(value)) {
      const joined: Building = isRecord(before) ? { ...before } : {};
      joinDelta(joined, value);
      whole[name] = joined;
    } else whole[name] = value;
  }
}

function joinLists(before: readonly unknown[], added: readonly unknown[]): readonly unknown[] {
  const joined = [...before];
  for (const entry of added) {
    const at =
      isRecord(entry) && "index" in entry ? joined.findLastIndex((one) => indexOf(one) === entry["index"]) : -1;
    const last = joined[at];
    if (!isRecord(last) || !isRecord(entry)) joined.push(entry);
    else {
      const whole: Building = { ...last };
      joinDelta(whole, entry);
      joined[at] = whole;
    }
  }
  return joined;
}

const indexOf = (entry: unknown): unknown => (isRecord(entry) ? entry["index"] : undefined);
