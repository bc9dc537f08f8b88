import { z } from "@hono/zod-openapi";
import type { Person } from "#store";
import { idOf, instant } from "../../schemas.ts";

export const personShape = {
  id: idOf("user"),
  name: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  locale: z.string(),
  theme: z.enum(["system", "light", "dark"]),
  currency: z.string(),
  time_zone: z.string(),
  policy_version: z.string(),
  created_at: instant,
} as const;

export function describePerson(person: Person) {
  return {
    id: person.id,
    name: person.name,
    email: person.email,
    email_verified: person.emailVerified,
    locale: person.locale,
    theme: person.theme,
    currency: person.currency,
    time_zone: person.timeZone,
    policy_version: person.policyVersion,
    created_at: person.createdAt.toISOString(),
  };
}
