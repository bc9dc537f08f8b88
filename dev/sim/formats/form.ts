/** A multipart form as formats check it: texts and files by the names of their parts, in their order. */
export interface Form {
  readonly texts: ReadonlyMap<string, readonly string[]>;
  readonly files: ReadonlyMap<string, readonly FormFile[]>;
}

export interface FormFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Reads a body as a multipart form; null where it is none. */
export async function parseForm(bytes: Buffer, contentType: string): Promise<Form | null> {
  if (!/^multipart\/form-data/i.test(contentType)) return null;
  const texts = new Map<string, string[]>();
  const files = new Map<string, FormFile[]>();
  try {
    const body = new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } });
    for (const [name, value] of await body.formData()) {
      if (typeof value === "string") texts.set(name, [...(texts.get(name) ?? []), value]);
      else {
        const file = { name: value.name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) };
        files.set(name, [...(files.get(name) ?? []), file]);
      }
    }
  } catch {
    return null;
  }
  return { texts, files };
}

export const isForm = (value: unknown): value is Form =>
  typeof value === "object" && value !== null && "texts" in value && "files" in value;
