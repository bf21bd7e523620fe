import { expect } from "expect";
import { addressPage } from "./address_page.ts";

const given = { locale: "en", token: "t", recipient: "kim@example.com" } as const;

Deno.test("the page of an address says how it stands, and of one that was only asked no more than that", () => {
  const said = (state: "asked" | "confirmed" | "stopped" | undefined) =>
    /<bdi>[^<]*<\/bdi><\/p>\n<p><bdi>([^<]*)</.exec(addressPage({ ...given, state, asking: false }))?.[1];
  expect([said("asked"), said("confirmed"), said("stopped"), said(undefined)]).toEqual([
    "This address has not agreed yet.",
    "This address gets alerts.",
    "Nothing is sent to this address.",
    "Alerts come to this address.",
  ]);
});
