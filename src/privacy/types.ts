import type { Basis, Category, Clause, Erasure, Origin, Purpose, Recipient, Retention, Subject } from "./vocabulary.ts";

/** Everything the policy has to say about one field. */
export interface FieldRule {
  readonly category: Category;
  readonly origin: Origin;
  readonly purposes: readonly [Purpose, ...Purpose[]];
  readonly basis: Basis;
  readonly recipients: readonly Recipient[];
  readonly clause: Clause;
  /** True when the access answer and the export carry it. Hashes and secrets never leave. */
  readonly export: boolean;
  readonly erase: Erasure;
}

/** How the rows of a subject are found. */
export type OwnedVia =
  | {
      readonly column: string;
      readonly of: "organization" | "api_key" | "receipt" | "transaction" | "account" | "user" | "address";
    }
  | "nobody";

interface Holding<Names extends string> {
  readonly subjects: readonly Subject[];
  readonly ownedVia: OwnedVia;
  readonly retention: Retention;
  /** One rule per field: a missing one does not compile. */
  readonly fields: Readonly<Record<Names, FieldRule>>;
}

/** What is declared of a table, or of rows in an Account object. */
export type HoldingSpec<Names extends string> = Holding<Names>;

export interface MappedHolding extends Holding<string> {
  readonly kind: "table" | "object_table" | "log" | "key_value";
  readonly name: string;
}

/** A host that we send data to. */
export interface EgressHost {
  readonly host: string;
  readonly recipient: Recipient;
  readonly categories: readonly (Category | "content")[];
  readonly purposes: readonly [Purpose, ...Purpose[]];
  readonly clause: Clause;
}

export interface DataMap {
  readonly holdings: readonly MappedHolding[];
  readonly egress: readonly EgressHost[];
}
