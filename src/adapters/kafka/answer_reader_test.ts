import { Buffer } from "node:buffer";
import { expect } from "expect";
import fc from "fast-check";
import { AnswerReader } from "./answer_reader.ts";

function framed(answer: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(answer.length);
  return Buffer.concat([length, answer]);
}

Deno.test("answers come out as they went in, however the socket cuts them", () => {
  const answers = fc.array(fc.uint8Array({ minLength: 4, maxLength: 60 }), { maxLength: 8 });
  fc.assert(fc.property(answers, fc.array(fc.integer({ min: 1, max: 40 })), (answers, cuts) => {
    const bytes = Buffer.concat(answers.map(framed));
    const reader = new AnswerReader();
    const found: Buffer[] = [];
    for (let at = 0, cut = 0; at < bytes.length;) {
      const length = cuts[cut++ % Math.max(1, cuts.length)] ?? bytes.length;
      found.push(...reader.push(bytes.subarray(at, at + length)));
      at += length;
    }
    expect(found.map((answer) => [...answer])).toEqual(answers.map((answer) => [...answer]));
  }));
});

Deno.test("what is no answer of Kafka's is refused, with what it may be", () => {
  for (
    const bytes of [
      Buffer.from("HTTP/1.1 400 Bad Request"),
      Buffer.from([255, 255, 255, 255]),
      Buffer.alloc(4),
    ]
  ) {
    expect(() => new AnswerReader().push(bytes)).toThrow("no Kafka broker's listener");
  }
});
