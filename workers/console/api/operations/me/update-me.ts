import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { updatePerson } from "#store";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { locale, name, timeZone } from "../../schemas.ts";
import { describePerson, personShape } from "./person.ts";

export const updateMe = operation({
  id: "updateMe",
  method: "patch",
  path: "/me",
  tag: "Account",
  summary: "Change your name and preferences.",
  access: USER,
  body: z.strictObject({
    name: name.optional(),
    locale: locale.optional(),
    theme: z.enum(["system", "light", "dark"]).optional(),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, "is no currency code like 'EUR'")
      .optional(),
    time_zone: timeZone.optional(),
  }),
  status: 200,
  answer: z.strictObject(personShape),
  async handle({ context, body: { time_zone: zone, ...rest } }) {
    const changes = { ...rest, ...(zone === undefined ? {} : { timeZone: zone }) };
    const person = await updatePerson(databaseOf(context), sessionOf(context).user.id, changes);
    if (person === null) throw new AppError("not_found");
    return describePerson(person);
  },
});
