import { formatUsd, nanoFromText } from "#kernel";
import type { ReportedOrganization } from "./ask-reconcile.ts";

/** What an operator reads of one organization: a line of its own, and one for each difference. */
export function reportLines(report: ReportedOrganization): string[] {
  const { org_id, state, receipts_compared, differences } = report;
  const figure = (value: number | null): string => (value === null ? "?" : String(value));
  const head = [
    org_id,
    state,
    `${receipts_compared} receipts`,
    `lag ${figure(report.settlement_lag_ms)} ms`,
    `${figure(report.set_aside)} set aside`,
    `${figure(report.leases_lost)} leases lost`,
    `${figure(report.unobserved)} unobserved`,
    `${figure(report.drifted)} drifted`,
  ].join("  ");
  return [head, ...differences.map(differenceLine)];
}

function differenceLine(difference: ReportedOrganization["differences"][number]): string {
  const { id, kind, receipt_id, transaction_id } = difference;
  const usd = (nano: string): string => `${formatUsd(nanoFromText(nano))} USD`;
  const about = [receipt_id, transaction_id].filter((name) => name !== null).join(" in ");
  const balance =
    difference.balance_nano === "0" ? "" : `, the object's balance is off by ${usd(difference.balance_nano)}`;
  return `  ${id}  ${kind}${about === "" ? "" : ` ${about}`}: ${usd(difference.amount_nano)}${balance}`;
}

/** Nothing differs, and everything could be compared. */
export const isClean = ({ state, ended_next, differences, drifted }: ReportedOrganization): boolean =>
  state === "compared" && ended_next === null && differences.length === 0 && (drifted ?? 0) === 0;
