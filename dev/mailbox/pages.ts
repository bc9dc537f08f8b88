import { escapeHtml } from "#notify";
import type { StoredMessage } from "./message-store.ts";

/** Our own pages load nothing and run nothing; a message's frame is the only thing in them that is not ours. */
export const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
} as const;

/** A message's own HTML: sandboxed wherever it is opened, so that no script runs and it has no origin. Links open outside. */
export const MESSAGE_HEADERS = {
  ...PAGE_HEADERS,
  "content-security-policy":
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
} as const;

const STYLE = `
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1.5rem}
table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid #8884;padding:.5rem .75rem;text-align:start;vertical-align:top}
iframe{background:#fff;border:1px solid #8886;border-radius:.5rem;height:44rem;width:100%}
pre{background:#8882;border-radius:.5rem;padding:1rem;white-space:pre-wrap;overflow-wrap:anywhere}
.quiet{opacity:.7}`;

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>`;

/** All messages, newest first. */
export function listPage(messages: readonly StoredMessage[], to: string | null): string {
  const rows = messages.map(
    ({ id, created_at, to: recipients, subject, last_event }) =>
      `<tr><td class="quiet">${escapeHtml(created_at)}</td><td>${escapeHtml(recipients.join(", "))}</td>` +
      `<td><a href="/view/${encodeURIComponent(id)}" dir="auto">${escapeHtml(subject)}</a></td>` +
      `<td>${escapeHtml(last_event)}</td></tr>`,
  );
  const whose = to === null ? "" : ` to ${escapeHtml(to)} (<a href="/">all</a>)`;
  const table =
    rows.length === 0
      ? `<p>No mail yet. What the development stack sends arrives here; reload to look again.</p>`
      : `<table><thead><tr><th>Sent</th><th>To</th><th>Subject</th><th>Became</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  return page("Mailbox", `<h1>Mailbox</h1><p>${messages.length} messages${whose}</p>${table}`);
}

/** One message: its HTML in a frame, and its plain text. */
export function messagePage(message: StoredMessage): string {
  const { id, from, to, subject, created_at, last_event, idempotency_key, html, text } = message;
  const facts = [
    ["From", from],
    ["To", to.join(", ")],
    ["Sent", created_at],
    ["Became", last_event],
    ["Idempotency key", idempotency_key ?? "none"],
  ].map(([name = "", value = ""]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`);
  const source = `/messages/${encodeURIComponent(id)}/html`;
  const frame =
    html === null
      ? "<p>No HTML.</p>"
      : `<iframe title="The message as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" src="${source}"></iframe>`;
  const plain = text === null ? "<p>No plain text.</p>" : `<pre dir="auto">${escapeHtml(text)}</pre>`;
  return page(
    subject,
    `<p><a href="/">Mailbox</a></p><h1 dir="auto">${escapeHtml(subject)}</h1><table>${facts.join("")}</table>` +
      `<h2>HTML</h2>${frame}<h2>Plain text</h2>${plain}`,
  );
}
