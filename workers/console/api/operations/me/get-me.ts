import { z } from "@hono/zod-openapi";
import { findPerson } from "#store";
import { AppError } from "#kernel";
import { USER } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { describePerson, personShape } from "./person.ts";

export const getMe = operation({
  id: "getMe",
  method: "get",
  path: "/me",
  tag: "Account",
  summary: "Your account and its preferences.",
  access: USER,
  status: 200,
  answer: z.strictObject(personShape),
  async handle({ context }) {
    const person = await findPerson(context.get("services").db, sessionOf(context).user.id);
    if (person === null) throw new AppError("not_found");
    return describePerson(person);
  },
});
