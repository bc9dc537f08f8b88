/** One part of a multipart form: a text, or a file. */
export interface FormPart {
  readonly name: string;
  readonly value: string | FormFile;
}

export interface FormFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** As the caller named it: its own words, of which only the extension goes on. */
  readonly fileName: string;
  readonly contentType: string;
}

/** A form as it was read, with what separates its parts when it is written anew. */
export interface FormBody {
  readonly parts: readonly FormPart[];
  /** Made by us and unknown to the caller, so that no part of its can hold it. */
  readonly boundary: string;
}

export const isFile = (value: string | FormFile): value is FormFile => typeof value !== "string";
