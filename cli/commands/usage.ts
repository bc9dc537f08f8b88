import { answerOf } from "../client/control-client.ts";
import type { paths } from "../client/generated.ts";
import { oneOf, textOption, type Command, type OptionValues } from "../command.ts";
import { inOwnOrganization } from "../own-organization.ts";
import { textTable } from "../text-table.ts";

type Get = paths["/organizations/{org}/usage"]["get"];
type Query = NonNullable<Get["parameters"]["query"]>;
type Usage = Get["responses"][200]["content"]["application/json"];

const BUCKETS = ["hour", "day", "week", "month", "none"] as const;
const GROUPS = ["key", "model", "provider", "member", "tag", "status", "none"] as const;
/** `2026-11-30` of an instant's text: buckets shorter than a day show their hour too. */
const DATE_CHARACTERS = 10;
const MINUTE_CHARACTERS = 16;

export const usage: Command = {
  words: ["usage"],
  summary: "Show calls, tokens and cost over time. Without options: the last 30 days, by day.",
  help: [
    ["--from <date or instant>", "the beginning, such as 2026-11-01"],
    ["--to <date or instant>", "the end, which is not in it"],
    ["--bucket <size>", `${BUCKETS.join(", ")}; day by default`],
    ["--by <group>", `${GROUPS.slice(0, -1).join(", ")}; all together by default`],
    ["--time-zone <name>", "an IANA name; the organization's by default"],
  ],
  options: {
    from: { type: "string" },
    to: { type: "string" },
    bucket: { type: "string" },
    by: { type: "string" },
    "time-zone": { type: "string" },
  },
  positionals: [],
  async run({ io, values }) {
    const query = readQuery(values);
    const { client, org } = await inOwnOrganization(io);
    const found = await answerOf(client.GET("/organizations/{org}/usage", { params: { path: { org }, query } }));
    return { json: found, text: tableOf(found) };
  },
};

function readQuery(values: OptionValues): Query {
  const [from, to, zone] = ["from", "to", "time-zone"].map((name) => textOption(values, name));
  const [bucket, group] = [textOption(values, "bucket"), textOption(values, "by")];
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(zone === undefined ? {} : { time_zone: zone }),
    ...(bucket === undefined ? {} : { bucket: oneOf("--bucket", bucket, BUCKETS) }),
    ...(group === undefined ? {} : { group_by: oneOf("--by", group, GROUPS) }),
  };
}

function tableOf({ data, totals, bucket, group_by: groupedBy, time_zone: zone }: Usage): string {
  if (data.length === 0) return "There were no calls.\n";
  const isGrouped = groupedBy !== "none";
  const rows = data.map(({ start, group, ...figures }) => [
    startOf(start, bucket, zone),
    ...(isGrouped ? [group ?? "(none)"] : []),
    ...figuresOf(figures),
  ]);
  const all = ["all", ...(isGrouped ? [""] : []), ...figuresOf(totals)];
  const head = [`FROM (${zone})`, ...(isGrouped ? [groupedBy.toUpperCase()] : [])];
  return textTable([...head, "CALLS", "FAILED", "TOKENS IN", "TOKENS OUT", "USD"], [...rows, all]);
}

const figuresOf = (figures: Omit<Usage["totals"], "upstream_cost_usd">): string[] => [
  String(figures.calls),
  String(figures.failed_calls),
  String(figures.input_tokens),
  String(figures.output_tokens),
  figures.cost_usd,
];

/** An instant as the zone's calendar has it: a day that begins at 23:00 UTC is the next one there. */
function startOf(instant: string, bucket: Usage["bucket"], zone: string): string {
  const options = { timeZone: zone, dateStyle: "short", timeStyle: "short" } as const;
  const local = new Intl.DateTimeFormat("sv-SE", options).format(new Date(instant));
  return local.slice(0, bucket === "hour" || bucket === "none" ? MINUTE_CHARACTERS : DATE_CHARACTERS);
}
