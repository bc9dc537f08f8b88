import { getTableName, type Table } from "drizzle-orm";
import type { FieldRule, HoldingSpec, MappedHolding } from "#privacy";

/** The names of a drizzle table's columns in the database. */
type ColumnNames<T extends Table> = T["_"]["columns"][keyof T["_"]["columns"]]["_"]["name"];

/**
 * Declares a table in the data map. Every column by its name in the database: omitting one, or naming one that does not
 * exist, is a type error (trap S26).
 */
export function mapTable<T extends Table>(table: T, spec: HoldingSpec<ColumnNames<T>>): MappedHolding {
  return holding("table", getTableName(table), spec);
}

/** Every key of every member of a union of rows. */
type RowKeys<Row> = Row extends unknown ? keyof Row & string : never;

/** Declares the rows of one SQLite table of the Account object: every key of the row type, or it does not compile. */
export function mapObjectRows<Row>(name: string, spec: HoldingSpec<RowKeys<Row>>): MappedHolding {
  return holding("object_table", name, spec);
}

/** Declares a table that is not in the drizzle schema (the migration runner's own). */
export function mapForeignTable<const Names extends string>(name: string, spec: HoldingSpec<Names>): MappedHolding {
  return holding("table", name, spec);
}

/** Declares the keys of a store that has no tables: what a key is made of, and its value. */
export function mapKeys<const Names extends string>(name: string, spec: HoldingSpec<Names>): MappedHolding {
  return holding("key_value", name, spec);
}

export function mapLog<const Names extends string>(name: string, spec: HoldingSpec<Names>): MappedHolding {
  return holding("log", name, spec);
}

function holding<Names extends string>(
  kind: MappedHolding["kind"],
  name: string,
  { subjects, ownedVia, retention, fields }: HoldingSpec<Names>,
): MappedHolding {
  const rules: Record<string, FieldRule> = fields;
  return { kind, name, subjects, ownedVia, retention, fields: rules };
}
