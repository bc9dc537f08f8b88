export { escapeHtml } from "./clean-text.ts";
export { MAIL_LOCALES, mailLocale, textDirection, type MailLocale } from "./locales.ts";
export { parseMailKeys, type MailKeys } from "./mail-keys.ts";
export { prepareMail, type MailContext, type MailDraft, type MailRequest } from "./prepare-mail.ts";
export { renderMail, type RenderRefusal, type RenderResult } from "./render-mail.ts";
export type { PreparedText } from "./rendered.ts";
export { MAIL_TRIES_MAX, MAIL_WAIT_MAX_MS, mailRetryWaitMs } from "./retry-wait.ts";
export { openValues, sealValues } from "./seal-values.ts";
export { parseSite, type Site } from "./site.ts";
export { TEMPLATES, type FilledTemplate, type TemplateName, type TemplateValues } from "./templates.ts";
export {
  parseWebhookSecret,
  verifyWebhook,
  type SuppressionReason,
  type WebhookHeaders,
  type WebhookResult,
} from "./verify-webhook.ts";
export * from "./webhooks/index.ts";
