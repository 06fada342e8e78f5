import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "newsdesk-client";
import { body, cookie, path, type Format } from "../dist/format.js";
import { formats } from "../dist/schema.js";
import { startServer } from "./server.js";

test("path parameters are written in the styles of the contract", () => {
  const rows: [string, unknown, [string, string] | undefined, string][] = [
    ["a text", "x y/z", undefined, "/a/x%20y%2Fz/b"],
    ["a list", [1, "x y"], undefined, "/a/1,x%20y/b"],
    ["a label", "x", [".", ","], "/a/.x/b"],
    ["a list as a label", [1, 2], [".", ","], "/a/.1,2/b"],
    ["an exploded list as a label", [1, 2], [".", "."], "/a/.1.2/b"],
    ["a matrix", true, [";p=", ","], "/a/;p=true/b"],
    ["a list as a matrix", [1, 2], [";p=", ","], "/a/;p=1,2/b"],
    ["an exploded list as a matrix", [1, 2], [";p=", ";p="], "/a/;p=1;p=2/b"],
  ];
  for (const [what, value, format, want] of rows) assert.equal(path("/a/{p}/b", { p: value }, format && { p: format }), want, what);
  assert.equal(path("/a/{p}.{q-r}:do", { p: "$&", "q-r": 7 }), "/a/%24%26.7:do");
  for (const [value, format] of [["", undefined], [".", undefined], ["..", undefined], [[], undefined], [undefined, undefined], ["", "."], [".", "."], [["", ""], "."]] as const) {
    assert.throws(() => path("/a/{p}", { p: value }, format && { p: [format, format] }), RangeError, JSON.stringify(value));
  }
  for (const [item, between] of [["a,b", ","], ["a.b", "."], ["a;b", ";p="]] as const) {
    assert.throws(() => path("/a/{p}", { p: [item] }, { p: ["", between] }), RangeError, item);
    assert.equal(path("/a/{p}", { p: item }), `/a/${encodeURIComponent(item)}`);
  }
});

test("cookies are those that the header field can have", () => {
  assert.equal(cookie({ a: 1, b: "x=y", c: undefined }), "a=1; b=x=y");
  for (const value of ["a;b", "a b", 'a"', "a,b", "a\\", "ä"]) assert.throws(() => cookie({ a: value }), TypeError, value);
});

test("forms are written as the contract says", async () => {
  const encoded = (value: unknown, fields = {}) => decodeURIComponent(String(body(value, { media: "application/x-www-form-urlencoded", fields })[0]));
  assert.equal(encoded({ a: "x", n: 1, l: [1, 2], none: null, left: undefined }), "a=x&n=1&l=1&l=2&none=");
  assert.equal(encoded({ l: [1, 2], o: { a: 1, l: ["x"] }, j: null, k: "x" }, { l: "|", o: "deepObject", j: "json", k: "json" }), 'l=1|2&o[a]=1&o[l]=x&j=null&k="x"');
  assert.equal(encoded(new URLSearchParams({ a: "x" })), "a=x");
  assert.throws(() => encoded({ a: Number.NaN }), TypeError);

  const [data, media] = body({ a: "x", n: 1, l: ["y", "z"], o: { a: 1 }, j: "x", none: null, f: new Blob(["text"], { type: "text/css" }) }, { media: "multipart/form-data", fields: { j: "json" } });
  assert.ok(data instanceof FormData && media === null);
  const parts = [...data].map(([name, part]) => [name, typeof part === "string" ? part : part.type]);
  assert.deepEqual(parts, [["a", "x"], ["n", "1"], ["l", "y"], ["l", "z"], ["o", '{"a":1}'], ["j", '"x"'], ["none", ""], ["f", "text/css"]]);
  assert.equal(await (data.get("f") as File).text(), "text");
});

test("operations are sent as the contract says", async () => {
  const written: Record<string, Format> = {
    "POST /a/{p}": { path: { p: [".", "."] }, query: { q: "|" }, header: { "X-J": "json" }, body: { media: "application/x-www-form-urlencoded" } },
    "POST /upload": { body: { media: "multipart/form-data" } },
    "PATCH /merge": { body: { media: "application/merge-patch+json" } },
    "PUT /text": { body: { media: "text/plain" } },
    "PUT /bytes": { body: { media: "image/*" } },
  };
  Object.assign(formats, written);
  const got: unknown[] = [];
  const baseUrl = await startServer((request, response) => {
    let text = "";
    request.on("data", (data) => (text += data)).on("end", () => {
      const type = (request.headers["content-type"] ?? "").replace(/boundary=.*/, "boundary");
      got.push([request.method, request.url, type, text.replace(/----[\w-]+/g, "--")]);
      response.writeHead(204, { "X-Cookie": request.headers.cookie ?? "", "X-J": request.headers["x-j"] ?? "" }).end();
    });
  });
  const api = new Client({ baseUrl }) as unknown as Record<string, (path: string, init?: object) => Promise<{ data: unknown; response: Response }>>;
  const { response } = await api["POST"]!("/a/{p}", {
    params: { path: { p: [1, 2] }, query: { q: ["x", "y"] }, header: { "X-J": "j" }, cookie: { theme: "dark" } }, body: { n: 1 },
  });
  assert.deepEqual([response.headers.get("X-Cookie"), response.headers.get("X-J")], ["theme=dark", '"j"']);
  await api["POST"]!("/upload", { body: { n: 1 } });
  await api["PATCH"]!("/merge", { body: { n: 1 } });
  await api["PUT"]!("/text", { body: "x" });
  await api["PUT"]!("/text", { body: "x", headers: { "content-type": "text/plain; charset=utf-8" } });
  await api["PUT"]!("/bytes", { body: new Blob(["x"], { type: "image/png" }) });
  await api["PUT"]!("/bytes", { body: new Blob(["x"]).stream(), headers: { "Content-Type": "image/gif" } });
  await api["POST"]!("/json", { body: "x" });
  await api["POST"]!("/json", { body: null, params: { query: { l: [] } } });
  await api["POST"]!("/a/{p}", { params: { path: { p: [1] }, query: { q: [] } }, body: {} });
  assert.equal((await api["HEAD"]!("/head")).data, undefined);
  await api["OPTIONS"]!("/options");
  const data = new FormData();
  data.append("n", "2");
  await api["POST"]!("/upload", { body: data });
  await api["PATCH"]!("/merge", { body: data });
  assert.deepEqual(got, [
    ["POST", "/a/.1.2?q=x%7Cy", "application/x-www-form-urlencoded", "n=1"],
    ["POST", "/upload", "multipart/form-data; boundary", '--\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n--\r\n'],
    ["PATCH", "/merge", "application/merge-patch+json", '{"n":1}'],
    ["PUT", "/text", "text/plain", "x"],
    ["PUT", "/text", "text/plain; charset=utf-8", "x"],
    ["PUT", "/bytes", "image/png", "x"],
    ["PUT", "/bytes", "image/gif", "x"],
    ["POST", "/json", "application/json", '"x"'],
    ["POST", "/json?l=%5B%5D", "application/json", "null"],
    ["POST", "/a/.1", "application/x-www-form-urlencoded", ""],
    ["HEAD", "/head", "", ""],
    ["OPTIONS", "/options", "", ""],
    ["POST", "/upload", "multipart/form-data; boundary", '--\r\nContent-Disposition: form-data; name="n"\r\n\r\n2\r\n--\r\n'],
    ["PATCH", "/merge", "multipart/form-data; boundary", '--\r\nContent-Disposition: form-data; name="n"\r\n\r\n2\r\n--\r\n'],
  ]);
});

test("responses are read as the contract says", async () => {
  Object.assign(formats, { "GET /text": { answer: "text" }, "GET /blob": { answer: "blob" }, "GET /events": { answer: "stream" } } satisfies Record<string, Format>);
  const baseUrl = await startServer((_, response) => response.writeHead(200).end("7"));
  const api = new Client({ baseUrl }) as unknown as Record<string, (path: string, init?: object) => Promise<{ data: unknown }>>;
  const data = async (path: string, init?: object) => (await api["GET"]!(path, init)).data;
  assert.deepEqual([await data("/text"), await data("/json"), await data("/json", { parseAs: "text" })], ["7", 7, "7"]);
  assert.equal(await ((await data("/blob")) as Blob).text(), "7");
  assert.equal(await new Response((await data("/events")) as ReadableStream).text(), "7");
});
