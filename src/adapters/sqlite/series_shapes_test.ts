import { expect } from "expect";
import fc from "fast-check";
import { openSeriesDatabase } from "./series_schema.ts";
import { SeriesShapes } from "./series_shapes.ts";

Deno.test("any point comes back as it was, also after a restart, and rows of before are read", () => {
  const database = openSeriesDatabase(":memory:");
  const shapes = new SeriesShapes(database);
  fc.assert(fc.property(
    fc.dictionary(fc.constantFrom("symbol", "price", "venue", "46", "a b", "__x"), fc.jsonValue(), {
      noNullPrototype: true,
    }),
    (point) => {
      const text = shapes.encode(point);
      expect(shapes.decode(text)).toEqual(JSON.parse(JSON.stringify(point)));
      expect(new SeriesShapes(database).decode(text)).toEqual(JSON.parse(JSON.stringify(point)));
    },
  ));
  expect(shapes.decode('{"symbol":"005930","price":1}')).toEqual({ symbol: "005930", price: 1 });
  shapes.encode({ x: 1, y: 2 });
  const { id } = database.prepare("SELECT id FROM shape WHERE names = ?").get('["x","y"]')!;
  expect(shapes.decode(`[${id},"005930",2.5]`)).toEqual({ x: "005930", y: 2.5 });
  database.close();
});

Deno.test("a shape of a transaction that was rolled back is made again", () => {
  const database = openSeriesDatabase(":memory:");
  const shapes = new SeriesShapes(database);
  database.exec("BEGIN");
  shapes.encode({ a: 1 });
  database.exec("ROLLBACK");
  shapes.reload();
  const text = shapes.encode({ a: 2 });
  expect(new SeriesShapes(database).decode(text)).toEqual({ a: 2 });
  database.close();
});
