import { isFile, type FormBody, type FormFile, type FormPart } from "./form.ts";

export interface EncodedForm {
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const EXTENSION = /\.([a-z0-9]{1,8})$/i;
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]{1,64}$/i;
const ANY_TYPE = "application/octet-stream";

/**
 * A form as `multipart/form-data` (RFC 7578). Of what the caller said about a file, only its extension and a plain media
 * type go on: a name is content, and neither may hold a header. Names of parts must be of our own tables.
 */
export function encodeForm({ parts, boundary }: FormBody): EncodedForm {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  for (const { name, value } of parts) {
    pieces.push(encoder.encode(`--${boundary}\r\n${headersOf(name, value)}\r\n`));
    pieces.push(isFile(value) ? value.bytes : encoder.encode(value), encoder.encode("\r\n"));
  }
  pieces.push(encoder.encode(`--${boundary}--\r\n`));
  const body = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

function headersOf(name: string, value: string | FormFile): string {
  const disposition = `content-disposition: form-data; name="${name}"`;
  if (!isFile(value)) return `${disposition}\r\n`;
  const extension = EXTENSION.exec(value.fileName)?.[1];
  const [type = ""] = value.contentType.split(";");
  const fileName = extension === undefined ? "file" : `file.${extension.toLowerCase()}`;
  return `${disposition}; filename="${fileName}"\r\ncontent-type: ${MEDIA_TYPE.test(type) ? type : ANY_TYPE}\r\n`;
}

/** The form with some texts set: a part that is there keeps its place, another goes to the end; null takes it out. */
export function editForm({ parts, boundary }: FormBody, edits: ReadonlyMap<string, string | null>): FormBody {
  const kept: FormPart[] = [];
  const left = new Map(edits);
  for (const part of parts) {
    const edit = left.get(part.name);
    if (edit === undefined) kept.push(part);
    else if (edit !== null) kept.push({ name: part.name, value: edit });
    if (edit !== undefined && edit !== null) left.set(part.name, null);
  }
  const names = new Set(parts.map(({ name }) => name));
  for (const [name, value] of edits) if (value !== null && !names.has(name)) kept.push({ name, value });
  return { parts: kept, boundary };
}
