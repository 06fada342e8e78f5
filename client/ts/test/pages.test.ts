import assert from "node:assert/strict";
import { test } from "node:test";
import { filter, type Client, type OrderKey } from "newsdesk-client";
import { signedIn, startNewsdesk } from "./server.js";

const baseUrl = await startNewsdesk("--default-role=admin");

async function write(api: Client, ...titles: string[]): Promise<string[]> {
  return Promise.all(titles.map(async (title) => (await api.POST("/news", { body: { title, body: "b" } })).data.id));
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix} ${i % 3}`);

test("pages are what one list would be, whatever the order", async () => {
  const api = await signedIn("zoe", { baseUrl });
  for (const account of [{ name: "Ann" }, { name: "Ann" }, {}, { name: "Bob" }, {}, { name: "Åsa" }]) {
    const email = `${crypto.randomUUID()}@example.com`;
    const { id } = await api.signUp({ ...account, email, password: "correct horse" });
    if (email < "8") await api.PATCH("/users/{id}", { params: { path: { id } }, body: { disabled: true } });
  }
  const orders: OrderKey<"User">[][] = [
    [], ["id"], ["id DESC"], ["name"], ["name DESC"], ["disabled"], ["disabled DESC"], ["email DESC"],
    ["disabled", "name DESC"], ["name DESC", "disabled DESC"], ["name", "id DESC"], ["date_created DESC", "id"], ["id", "name"],
  ];
  for (const order of orders) {
    const all = order.length > 0 ? filter<"User">().order(...(order as [OrderKey<"User">])) : filter<"User">();
    const want = await api.find("/users", all);
    assert.equal(want.length, 7);
    for (const pageSize of [1, 2, 7, 8]) {
      assert.deepEqual(await collected(api.each("/users", all, { pageSize })), want, `${order.join(", ")} by ${pageSize}`);
    }
  }
});

test("pages stay right while others write", async () => {
  const api = await signedIn("yan", { baseUrl });
  for (const order of [["id"], ["title"], ["title DESC"], ["date_created DESC", "title"]] as OrderKey<"News">[][]) {
    const prefix = crypto.randomUUID();
    const there = await write(api, ...numbered(prefix, 12));
    const seen: string[] = [];
    const mine = filter<"News">().where({ title: { like: `${prefix}%` } }).order(...(order as [OrderKey<"News">]));
    let room = 5;
    for await (const page of api.pages("/news", mine, { pageSize: 3 })) {
      seen.push(...page.map((news) => news.id));
      if (room-- > 0) await write(api, ...numbered(prefix, 3)); // before, at and after where the iteration is
      await api.DELETE("/news/{id}", { params: { path: { id: page[0]!.id } } });
    }
    assert.equal(new Set(seen).size, seen.length, `${order}: none comes twice`);
    assert.deepEqual(there.filter((id) => !seen.includes(id)), [], `${order}: none is left out`);
  }
});

test("pages have what the filter asks for", async () => {
  const api = await signedIn("xia", { baseUrl });
  const prefix = crypto.randomUUID();
  await write(api, ...numbered(prefix, 5));
  const mine = filter<"News">().where({ title: { like: `${prefix}%` } }).order("title");
  const sizes = async (asked: typeof mine, pageSize: number) => (await collected(api.pages("/news", asked, { pageSize }))).map((page) => page.length);
  assert.deepEqual(await sizes(mine, 2), [2, 2, 1]);
  assert.deepEqual(await sizes(mine, 5), [5]);
  assert.deepEqual(await sizes(mine.limit(3), 2), [2, 1]);
  assert.deepEqual(await sizes(mine.skip(1), 2), [2, 2]);
  assert.deepEqual(await sizes(mine.skip(1).limit(3), 2), [2, 1]);
  assert.deepEqual(await sizes(mine.skip(4), 2), [1]);
  assert.deepEqual(await sizes(mine.where({ id: "none" }), 2), []);
  await assert.rejects(sizes(mine, 0), RangeError);
  const bodies = await collected(api.each("/news", mine.fields("body"), { pageSize: 2 }));
  assert.deepEqual(bodies, Array(5).fill({ body: "b" }));
});

async function collected<T>(all: AsyncIterable<T>): Promise<T[]> {
  const items = [];
  for await (const item of all) items.push(item);
  return items;
}
