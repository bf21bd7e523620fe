import { expect } from "expect";
import { parseSender } from "./mail.ts";

Deno.test("a sender is read as people write it", () => {
  expect(
    [
      "a@b.kr",
      "주식 알림 <a@b.kr>",
      "Kim, Alerts <a@b.kr>",
      '"Kim, \\"Alerts\\"" <a@b.kr>',
      "<a@회사.한국>",
      "x <a@localhost>",
    ]
      .map(parseSender),
  ).toEqual([
    { name: "", address: "a@b.kr" },
    { name: "주식 알림", address: "a@b.kr" },
    { name: "Kim, Alerts", address: "a@b.kr" },
    { name: 'Kim, "Alerts"', address: "a@b.kr" },
    { name: "", address: "a@xn--vf4b131b.xn--3e0b707e" },
    { name: "x", address: "a@localhost" },
  ]);
  for (const none of ["a@b.kr.", "a@.kr", ".a@b.kr", "a..b@b.kr", "a@b.kr, c@d.kr", "Kim: a@b.kr;"]) {
    expect(() => parseSender(none)).toThrow("must be an address");
  }
});
