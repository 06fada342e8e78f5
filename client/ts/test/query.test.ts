import assert from "node:assert/strict";
import { test } from "node:test";
import { query } from "../dist/query.js";

test("query parameters are written in the styles of the contract", () => {
  const rows: [string, unknown, string | undefined, string][] = [
    ["a text", "x y", undefined, "p=x+y"],
    ["JSON", [{ a: 1 }], undefined, 'p=[{"a":1}]'],
    ["JSON of a text", "x", "json", 'p="x"'],
    ["a list", ["x", 2], "list", "p=x&p=2"],
    ["a list with a separator", [1, 2], "|", "p=1|2"],
    ["an empty list", [], "list", ""],
    ["a deep object", { a: true, l: ["x", "y"] }, "deepObject", "p[a]=true&p[l]=x&p[l]=y"],
    ["properties", { a: 1, b: "x" }, "properties", "a=1&b=x"],
    ["pairs", { a: 1, b: "x" }, "pairs", "p=a,1,b,x"],
    ["null in place of an object", null, "deepObject", "p=null"],
  ];
  for (const [what, value, style, want] of rows) {
    assert.equal(decodeURIComponent(query({ p: value }, style === undefined ? {} : { p: style })), want, what);
  }
  assert.throws(() => query({ p: [undefined] }, { p: "list" }), TypeError);
});
