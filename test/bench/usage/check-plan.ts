import { z } from "zod";
import type { InstantRange } from "#usage";

/** A step of a plan, as EXPLAIN (FORMAT JSON) has it. */
interface Step {
  readonly "Node Type": string;
  readonly "Relation Name"?: string | undefined;
  readonly "Index Name"?: string | undefined;
  readonly Plans?: readonly Step[] | undefined;
}

const step: z.ZodType<Step> = z.lazy(() =>
  z.object({
    "Node Type": z.string(),
    "Relation Name": z.string().optional(),
    "Index Name": z.string().optional(),
    Plans: z.array(step).optional(),
  }),
);

export const explained = z
  .array(z.object({ Plan: step, "Execution Time": z.number() }))
  .min(1)
  .transform(([first]) => first);

const PARTITION = /^usage_receipt_(?:(\d{4})_(\d\d)|default)$/;
const ORGANIZATION_INDEX = /^(?:usage_receipt_(?:\d{4}_\d\d|default)_org_id_occurred_at_idx|receipt_correction_\w+)$/;

/** What is wrong with a plan, in words: partitions that it need not look at, and tables that it reads whole. */
export function planFaults(plan: Step, range: InstantRange): string[] {
  const faults: string[] = [];
  for (const one of steps(plan)) {
    const relation = one["Relation Name"];
    if (relation === undefined || !isOfUsage(relation)) continue;
    if (PARTITION.test(relation) && !isInRange(relation, range)) faults.push(`${relation} is looked at`);
    const indexes = [...steps(one)].flatMap((below) => below["Index Name"] ?? []);
    if (!indexes.some((index) => ORGANIZATION_INDEX.test(index)))
      faults.push(`${relation} is read by ${one["Node Type"]}, not by the organization's index`);
  }
  return faults;
}

/** The partitions that a plan looks at. */
export const partitionsOf = (plan: Step): ReadonlySet<string> =>
  new Set(
    [...steps(plan)].flatMap((one) => (PARTITION.test(one["Relation Name"] ?? "") ? (one["Relation Name"] ?? []) : [])),
  );

function* steps(plan: Step): Generator<Step> {
  yield plan;
  for (const below of plan.Plans ?? []) yield* steps(below);
}

const isOfUsage = (relation: string): boolean => PARTITION.test(relation) || relation === "receipt_correction";

/** A month's partition that the range reaches into; the one of no month never is. */
function isInRange(relation: string, { fromMs, toMs }: InstantRange): boolean {
  const [, year, month] = PARTITION.exec(relation) ?? [];
  if (year === undefined || month === undefined) return false;
  return Date.UTC(Number(year), Number(month) - 1, 1) < toMs && Date.UTC(Number(year), Number(month), 1) > fromMs;
}
