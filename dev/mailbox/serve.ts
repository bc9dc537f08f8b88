import type { IncomingMessage, ServerResponse } from "node:http";
import { listPage, MESSAGE_HEADERS, messagePage, PAGE_HEADERS } from "./pages.ts";
import type { MessageStore } from "./message-store.ts";
import { refusals, type Refusal } from "./refusals.ts";

const JSON_HEADERS = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" } as const;

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...JSON_HEADERS, ...headers }).end(JSON.stringify(value));
}

export function sendRefusal(
  response: ServerResponse,
  refusal: Refusal,
  headers: Readonly<Record<string, string>> = {},
) {
  sendJson(response, refusal.statusCode, refusal, headers);
}

/**
 * The mailbox's own door, beside Resend's: `GET /messages?to=`, `GET /messages/:id`, `DELETE /messages` as JSON,
 * and a page for people at `/`.
 */
export function serveMailbox(store: MessageStore, request: IncomingMessage, response: ServerResponse, url: URL): void {
  const [, first = "", id = "", part = ""] = url.pathname.split("/");
  const to = url.searchParams.get("to");
  if (first === "messages" && id === "" && request.method === "DELETE") {
    store.clear();
    return void response.writeHead(204).end();
  }
  if (request.method !== "GET") return sendRefusal(response, refusals.methodNotAllowed);
  if (url.pathname === "/") return sendPage(response, listPage(store.list(to), to));
  if (url.pathname === "/health") return sendJson(response, 200, { status: "ok" });
  if (first === "messages" && id === "") return sendJson(response, 200, { messages: store.list(to) });
  const message = first === "messages" || first === "view" ? store.find(decodeURIComponent(id)) : null;
  if (!message) return sendRefusal(response, refusals.notFound);
  if (first === "view") return sendPage(response, messagePage(message));
  if (part === "") return sendJson(response, 200, message);
  if (part === "html") return void response.writeHead(200, MESSAGE_HEADERS).end(message.html ?? "");
  return sendRefusal(response, refusals.notFound);
}

function sendPage(response: ServerResponse, html: string): void {
  response.writeHead(200, PAGE_HEADERS).end(html);
}
