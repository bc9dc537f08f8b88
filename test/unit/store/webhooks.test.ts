import { registerWebhooksSuite } from "../../support/suites/webhooks-suite.ts";

registerWebhooksSuite();
