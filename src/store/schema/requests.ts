import { sql } from "drizzle-orm";
import { check, index, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * A change that was asked for with an `Idempotency-Key`, for a day. Neither who asked nor the key stands here: the id is
 * an HMAC of both, and the answer is sealed with a key that takes the caller's to make.
 */
export const idempotentRequest = pgTable(
  "idempotent_request",
  {
    /** HMAC-SHA-256, hex. */
    id: text("id").primaryKey(),
    /** HMAC-SHA-256 of what was asked for, hex. */
    inputHash: text("input_hash").notNull(),
    /** Null while it runs, and where nobody saw it end. */
    sealedAnswer: text("sealed_answer"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("idempotent_request_created").on(table.createdAt),
    check("idempotent_request_hashes_form", sql`id ~ '^[0-9a-f]{64}$' and input_hash ~ '^[0-9a-f]{64}$'`),
    check("idempotent_request_answer_length", sql`char_length(sealed_answer) <= 100000`),
  ],
);
