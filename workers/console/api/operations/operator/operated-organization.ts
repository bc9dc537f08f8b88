import { z } from "@hono/zod-openapi";
import { formatUsd, nanoFromText } from "#kernel";
import type { OperatedOrganization } from "#store";
import { idOf, instant } from "../../schemas.ts";

export const operatedShape = {
  id: idOf("organization"),
  name: z.string(),
  region: z.enum(["global", "eu"]),
  status: z.enum(["active", "suspended"]),
  status_reason: z.string().nullable(),
  created_at: instant,
  /** As the ledger has it. */
  wallet_usd: z.string(),
} as const;

export const describeOperated = (organization: OperatedOrganization) => ({
  id: organization.id,
  name: organization.name,
  region: organization.region === "e" ? ("eu" as const) : ("global" as const),
  status: organization.status,
  status_reason: organization.statusReason,
  created_at: organization.createdAt.toISOString(),
  wallet_usd: formatUsd(nanoFromText(organization.walletNano)),
});

const REASON_CHARACTERS_MAX = 500;
/** Why it is done: it stands in the audit log. */
export const reason = z.string().trim().min(1, "is empty").max(REASON_CHARACTERS_MAX);
