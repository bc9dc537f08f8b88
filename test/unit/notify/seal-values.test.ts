import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openValues, parseMailKeys, parseSite, prepareMail, sealValues } from "#notify";
import { makeMailKeys, mailContext, SITE_LINK, verification } from "../../support/mail.ts";

const random = (length: number) => new Uint8Array(randomBytes(length));
const VALUES = { name: "Ada", url: SITE_LINK };

describe("what a mail says while it waits", () => {
  test("opens with its key and for its message", async () => {
    const keys = makeMailKeys();
    const sealed = await sealValues(keys, random, "mai_1", VALUES);
    expect(sealed).not.toContain("Ada");
    expect(await openValues(keys, "mai_1", sealed)).toEqual(VALUES);
  });

  test("does not open for another message, with another key, or changed", async () => {
    const keys = makeMailKeys();
    const sealed = await sealValues(keys, random, "mai_1", VALUES);
    expect(await openValues(keys, "mai_2", sealed)).toBeNull();
    expect(await openValues(makeMailKeys(), "mai_1", sealed)).toBeNull();
    const at = sealed.length - 4;
    const other = sealed.charAt(at) === "A" ? "B" : "A";
    expect(await openValues(keys, "mai_1", sealed.slice(0, at) + other + sealed.slice(at + 1))).toBeNull();
    for (const broken of ["", "1", "1.", "1.AAAA", "no box", "2.AAAA"])
      expect(await openValues(keys, "mai_1", broken)).toBeNull();
  });

  test("the same values are sealed differently each time", async () => {
    const keys = makeMailKeys();
    expect(await sealValues(keys, random, "mai_1", VALUES)).not.toBe(await sealValues(keys, random, "mai_1", VALUES));
  });

  test("a new key seals beside the old one, which still opens", async () => {
    const old = randomBytes(32).toString("base64url");
    const sealed = await sealValues(parseMailKeys(JSON.stringify({ "1": old })), random, "mai_1", VALUES);
    const both = parseMailKeys(JSON.stringify({ "2": randomBytes(32).toString("base64url"), "1": old }));
    expect(await openValues(both, "mai_1", sealed)).toEqual(VALUES);
    expect((await sealValues(both, random, "mai_1", VALUES)).startsWith("2.")).toBe(true);
  });

  test.each(["", "{}", "[]", "null", `{"12":"AAAA"}`, `{"1":"c2hvcnQ"}`, `{"1":5}`, "secret"])(
    "MAIL_KEY %j does not start, and is not quoted",
    (text) => {
      expect(() => parseMailKeys(text)).toThrow(/^MAIL_KEY: [a-z0-9 ]+$/i);
    },
  );
});

describe("preparing a mail", () => {
  test("makes a row of the queue: the address in lower case, the values sealed, a week to live", async () => {
    const context = mailContext(() => 1_700_000_000_000);
    const draft = await prepareMail(context, verification("Ada@Example.com"));
    expect(draft).toMatchObject({ toAddress: "ada@example.com", template: "verify_email", locale: "en" });
    expect(draft.id).toMatch(/^mai_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
    expect(draft.expiresAt.getTime()).toBe(1_700_000_000_000 + 7 * 86_400_000);
    expect(await openValues(context.keys, draft.id, draft.sealedParams)).toMatchObject({ url: SITE_LINK });
  });

  test.each(["", "no address", "ada@example.com\r\nBcc: x@example.com", "ada@example.com, eve@example.com"])(
    "refuses %j as an address",
    async (to) => {
      await expect(prepareMail(mailContext(), verification(to))).rejects.toThrow();
    },
  );

  test("refuses a link to elsewhere before anything is queued", async () => {
    const request = verification("ada@example.com");
    const values = { name: "Ada", url: "https://evil.example/", expiresAt: "2030-01-02T03:04:05Z" };
    await expect(prepareMail(mailContext(), { ...request, template: "verify_email", values })).rejects.toThrow(
      "foreign_link",
    );
  });
});

test.each([
  ["https://prismaticapi.com", false, true],
  ["https://prismaticapi.com/", false, true],
  ["http://127.0.0.1:8788", true, true],
  ["http://localhost:8788", true, true],
  ["http://127.0.0.1:8788", false, false],
  ["http://prismaticapi.com", true, false],
  ["https://prismaticapi.com/app", false, false],
  ["https://ada:b@prismaticapi.com", false, false],
  ["ftp://127.0.0.1", true, false],
  ["", true, false],
])("SITE_URL %s (loopback allowed: %s) may be: %s", (text, allowsLoopback, isFine) => {
  if (isFine) expect(parseSite(text, allowsLoopback).origin).toBe(text.replace(/\/$/, ""));
  else expect(() => parseSite(text, allowsLoopback)).toThrow("SITE_URL");
});
