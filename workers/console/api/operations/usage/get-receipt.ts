import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findReceipt } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { describeReceipt, receiptShape } from "./receipt.ts";

export const getReceipt = operation({
  id: "getReceipt",
  method: "get",
  path: "/organizations/{org}/receipts/{receipt}",
  tag: "Usage",
  summary: "The receipt of one call, some seconds after its end: then it is in the ledger.",
  access: member("usage.read"),
  params: z.strictObject({ org: idOf("organization"), receipt: idOf("generation") }),
  status: 200,
  answer: z.strictObject(receiptShape),
  async handle({ context, params }) {
    const receipt = await findReceipt(context.get("services").db, params.org, params.receipt);
    if (receipt === null) throw new AppError("not_found");
    return describeReceipt(receipt);
  },
});
