import { z } from "@hono/zod-openapi";

const PAGE_DEFAULT = 50;
export const PAGE_MAX = 200;

/** The query of a list that comes in pages. `cursor` is the `next_cursor` of the page before. */
export const pageQuery = {
  cursor: z
    .string()
    .regex(/^[a-z]{3}_[0-9a-z]{26}$/, "is no `next_cursor` of ours")
    .optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/)
    .transform(Number)
    .pipe(z.number().max(PAGE_MAX))
    .optional()
    .openapi({ type: "integer", minimum: 1, maximum: PAGE_MAX }),
} as const;

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ data: z.array(item), next_cursor: z.string().nullable() });

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
}

/** Reads one row more than is shown: whether there is another page is known by it. */
export async function readPage<Row extends { readonly id: string }>(
  limit: number | undefined,
  read: (limit: number) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  const size = limit ?? PAGE_DEFAULT;
  const found = await read(size + 1);
  const rows = found.slice(0, size);
  return { rows, nextCursor: found.length > size ? (rows.at(-1)?.id ?? null) : null };
}
