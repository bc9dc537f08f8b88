import { AppError } from "#kernel";
import { invalidParameter } from "../parse-body.ts";
import { safeToken } from "../safe-token.ts";
import { isFile, type FormBody, type FormFile } from "./form.ts";

/** How often a part of a form may come, and what it must be. */
export interface FormField {
  readonly kind: "text" | "file";
  /** 1, or the most that a list (`image[]`) or an object in parts (`chunking_strategy[type]`) may hold. */
  readonly most: number;
}

/** Parts by their names without brackets: `image[]`, `image[0]` and `image` are one list, as OpenAI reads them. */
export type FormTable = Readonly<Record<string, FormField>>;

/** The parts of a form, checked against a table. Each throws AppError `invalid_parameter`. */
export interface FormReader {
  text(name: string): string | null;
  texts(name: string): readonly string[];
  files(name: string): readonly FormFile[];
  count(name: string, least: number, most: number): number | null;
  flag(name: string): boolean;
  /** The bytes of all texts: what a model may read of them. */
  readonly textBytes: number;
}

export const FORM_PARTS_MAX = 96;
/** Nothing in a name that is relayed may end a header or its quotes. */
const PART_NAME = /^([a-z_]{1,48})((?:\[[a-z0-9_]{0,48}\]){0,2})$/;

/**
 * Checks a form: parts that we do not know are refused, since what passes has to have a price; so is a second part of a
 * name that stands once. Throws AppError `invalid_parameter` or `unsupported_parameter`.
 */
export function readForm({ parts }: FormBody, table: FormTable): FormReader {
  if (parts.length > FORM_PARTS_MAX) throw invalidParameter("body", `holds more than ${FORM_PARTS_MAX} parts.`);
  const texts = new Map<string, string[]>();
  const files = new Map<string, FormFile[]>();
  const encoder = new TextEncoder();
  let textBytes = 0;
  for (const part of parts) {
    const [, name = "", brackets = ""] = PART_NAME.exec(part.name) ?? [];
    const field = Object.hasOwn(table, name) ? table[name] : undefined;
    // A `model[]` beside what we set as `model` could undo it, for a reader that takes the last.
    if (!field || (field.most === 1 && brackets !== "")) throw unknownPart(name);
    if (isFile(part.value) !== (field.kind === "file")) {
      throw invalidParameter(name, field.kind === "file" ? "must be a file, with a file name." : "must be a text.");
    }
    const list = isFile(part.value) ? addTo(files, name, part.value) : addTo(texts, name, part.value);
    if (list > field.most) {
      throw invalidParameter(name, field.most === 1 ? "came twice." : `holds more than ${field.most} items.`);
    }
    if (!isFile(part.value)) textBytes += encoder.encode(part.value).length;
  }
  const text = (name: string): string | null => texts.get(name)?.[0] ?? null;
  return {
    text,
    texts: (name) => texts.get(name) ?? [],
    files: (name) => files.get(name) ?? [],
    count(name, least, most) {
      const value = text(name);
      if (value === null) return null;
      const count = /^\d{1,9}$/.test(value) ? Number(value) : -1;
      if (count < least || count > most) throw invalidParameter(name, `must be a whole number, ${least} to ${most}.`);
      return count;
    },
    flag(name) {
      const value = text(name)?.toLowerCase() ?? "false";
      if (value !== "true" && value !== "false") throw invalidParameter(name, "must be true or false.");
      return value === "true";
    },
    textBytes,
  };
}

function addTo<Value>(lists: Map<string, Value[]>, name: string, value: Value): number {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list.push(value);
}

/** The name is the caller's own, so it is named only where it can be nothing but one. */
function unknownPart(name: string): AppError {
  const param = safeToken(name) ?? "body";
  return new AppError("unsupported_parameter", { param, params: { param } });
}
