export { decodePriceOverrides, type PriceOverrideSet, type StoredGeneration } from "./decode.ts";
export { createEdgeSql, type EdgeSql, type Poison, type Unavailable } from "./edge-sql.ts";
export type { EdgeSqlOptions, SqlFetch, SqlResponse } from "./neon-query.ts";
