/** One column of a result, as Postgres describes it on the wire. */
export interface ResultField {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeSize: number;
  readonly dataTypeModifier: number;
  readonly format: string;
}

/** The answer to one statement: every value in Postgres' text form, untouched, so that the caller decides how to read it. */
export interface RawResult {
  readonly command: string;
  readonly rowCount: number | null;
  readonly fields: readonly ResultField[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Exclusive use of a session for as long as `run` lasts. Throws `PostgresError` on refusal by Postgres. */
export interface SqlSession {
  /** One statement with `$1…` parameters in text form (the extended protocol). */
  execute(text: string, params?: readonly (string | null)[]): Promise<RawResult>;
  /** Several statements without parameters (the simple protocol); answers are dropped. */
  script(sql: string): Promise<void>;
}

/**
 * Postgres for one machine: embedded (PGlite) or a server of the developer's own.
 * `role` null is the owner of everything, for migrations and the seed; a named role sees what it was granted.
 */
export interface Database {
  readonly kind: "pglite" | "postgres";
  run<T>(role: string | null, work: (session: SqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface PostgresErrorFields {
  readonly message: string;
  readonly severity: string;
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly internalPosition?: string;
  readonly internalQuery?: string;
  readonly where?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly dataType?: string;
  readonly constraint?: string;
  readonly file?: string;
  readonly line?: string;
  readonly routine?: string;
}

const FIELD_NAMES = [
  "detail",
  "hint",
  "position",
  "internalPosition",
  "internalQuery",
  "where",
  "schema",
  "table",
  "column",
  "dataType",
  "constraint",
  "file",
  "line",
  "routine",
] as const satisfies readonly (keyof PostgresErrorFields)[];

/** An error that Postgres reported, or that we report in its stead, with the fields of its error message. */
export class PostgresError extends Error {
  override readonly name = "PostgresError";
  readonly fields: PostgresErrorFields;
  /** The SQLSTATE, where drivers have it. */
  readonly code: string;

  constructor(fields: PostgresErrorFields) {
    super(fields.message);
    this.code = fields.code;
    this.fields = fields;
  }
}

/** Reads the fields of a driver's error object; null when it is not an error from Postgres (it has no SQLSTATE). */
export function postgresErrorOf(error: unknown): PostgresError | null {
  if (error instanceof PostgresError) return error;
  if (!(error instanceof Error) || !("code" in error)) return null;
  const values = new Map<string, unknown>(Object.entries(error));
  const text = (name: string): string | undefined => {
    const value = values.get(name);
    return typeof value === "string" ? value : undefined;
  };
  const code = text("code");
  const severity = text("severity");
  if (code === undefined || severity === undefined || !/^[0-9A-Z]{5}$/.test(code)) return null;
  const optional = FIELD_NAMES.flatMap((name) => {
    const value = text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return new PostgresError({ message: error.message, severity, code, ...Object.fromEntries(optional) });
}
