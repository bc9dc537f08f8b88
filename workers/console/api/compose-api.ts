import { neon } from "@neondatabase/serverless";
import { parsePeppers, parseSealingKey } from "#keys";
import { prepareMail } from "#notify";
import { queueMail } from "#store";
import { consoleLogger } from "../../http/logger.ts";
import { systemClock, systemRandom } from "../../http/platform.ts";
import { actAs } from "../acting-database.ts";
import type { ConsoleServices } from "../compose.ts";
import { projectOutbox } from "../cron/project-outbox.ts";
import { sendDueMail } from "../cron/send-mail.ts";
import { allowsLoopback } from "../deliveries/compose-deliveries.ts";
import { dispatchOrganization } from "../deliveries/dispatch-deliveries.ts";
import { isDeliverableUrl } from "../deliveries/is-deliverable-url.ts";
import { parsePasswordPeppers } from "../identity/peppers.ts";
import { composeProviders } from "../identity/providers/compose-providers.ts";
import { deriveKey } from "../identity/seal-secret.ts";
import type { ApiServices } from "./services.ts";

const SECRET_CHARACTERS_MIN = 43;

/** Wires the control API from the console's environment. Rejects when a secret is missing or weak. */
export async function composeApi(env: ConsoleEnv, services: ConsoleServices): Promise<ApiServices> {
  const authSecret = env.AUTH_SECRET ?? "";
  if (authSecret.length < SECRET_CHARACTERS_MIN)
    throw new Error(`AUTH_SECRET has fewer than ${SECRET_CHARACTERS_MIN} characters`);
  const client = neon(env.DATABASE_URL);
  const { db, mail } = services;
  return {
    db,
    actAs: (actor) => actAs(client, actor),
    clock: systemClock,
    random: systemRandom,
    siteUrl: mail.site.origin,
    authSecret,
    passwordPeppers: await parsePasswordPeppers(env.PASSWORD_PEPPERS ?? ""),
    factorKey: await deriveKey(authSecret, "factor"),
    webhookKey: await deriveKey(authSecret, "webhook"),
    isDeliverableUrl: (url) => isDeliverableUrl(url, allowsLoopback(env)),
    dispatchWebhooks: (orgId) => dispatchOrganization(services.deliveries, orgId),
    keyPeppers: await parsePeppers(env.KEY_PEPPERS ?? ""),
    sealingKey: (env.BYOK_SEALING_KEY ?? "") === "" ? null : await parseSealingKey(env.BYOK_SEALING_KEY),
    doorkeeper: services.doorkeeper,
    signInProviders: composeProviders(env),
    async sendMail(context, request) {
      await queueMail(db, [await prepareMail(mail, request)]);
      // What waits in the queue is sent by the cron too; who just asked for a link does not wait for that.
      context.executionCtx.waitUntil(sendDueMail(mail));
    },
    async project() {
      try {
        await projectOutbox(db, services.applyEvents);
      } catch {
        consoleLogger("error", { message: "outbox_not_projected", error_code: "internal_error" });
      }
    },
    // Set where no host outside may be asked.
    askBreaches:
      Reflect.get(env, "BREACH_CHECK") === "off"
        ? null
        : (prefix, signal) =>
            fetch(`https://api.pwnedpasswords.com/range/${prefix}`, { signal, headers: { "add-padding": "true" } }),
  };
}
