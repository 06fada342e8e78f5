// Never run: it compiles, which it would not if one of the wrong uses did.
import { type Filter, filter, Client, type Schema } from "newsdesk-client";

const api = new Client();
const news = filter<"News">();
const users = filter<"User">();

export function filters(): void {
  news.where({ title: { ilike: "%go%" }, or: [{ author: "1" }, { date_created: { gt: "2026-01-31T08:00:00Z" } }] });
  users.where({ disabled: true, roles: "admin", name: null }).order("disabled", "name DESC").fields("id", "name");
  filter<"AuditEvent">().where({ action: { inq: ["signin"] } }).order("date DESC");

  // @ts-expect-error: no such collection
  filter<"Ping">();
  // @ts-expect-error: no such property
  news.where({ titel: "Go" });
  // @ts-expect-error: another collection's property
  news.where({ email: "ann@example.com" });
  // @ts-expect-error: no such operator
  news.where({ title: { likes: "%go%" } });
  // @ts-expect-error: dates have no patterns
  news.where({ date_created: { like: "2026%" } });
  // @ts-expect-error: booleans have no order
  users.where({ disabled: { gt: false } });
  // @ts-expect-error: a text is not a boolean
  users.where({ disabled: "no" });
  // @ts-expect-error: a number is not a text
  news.where({ title: 7 });
  // @ts-expect-error: a list, not a value
  news.where({ title: { inq: "Go" } });
  // @ts-expect-error: a value that got lost would leave no condition
  news.where({ title: undefined });
  // @ts-expect-error: nor may an operand get lost
  news.where({ title: { eq: undefined } });
  // @ts-expect-error: no condition
  news.where(undefined);
  // @ts-expect-error: no condition
  news.where(null);
  // @ts-expect-error: a limit that got lost
  news.limit(undefined);
  // @ts-expect-error: deep inside too
  news.where({ and: [{ or: [{ titel: "Go" }] }] });
  // @ts-expect-error: no such property
  news.order("titel");
  // @ts-expect-error: no such direction
  news.order("title DOWN");
  // @ts-expect-error: arrays have no order
  users.order("roles");
  // @ts-expect-error: no keys
  news.order();
  // @ts-expect-error: no such property
  news.fields("titel");
  // @ts-expect-error: a count is a number
  news.limit("10");
  // @ts-expect-error: it asks for the title only
  const whole: Filter<"News"> = news.fields("title");
  void whole;
}

export async function lists(): Promise<void> {
  const all: Schema<"News">[] = await api.find("/news", news);
  const titles: { title: string }[] = await api.find("/news", news.fields("title").limit(10));
  for await (const { email } of api.each("/users", users)) email.trim();

  // @ts-expect-error: the body was not asked for
  (await api.find("/news", news.fields("title")))[0]?.body;
  // @ts-expect-error: nor in pages
  for await (const item of api.each("/news", news.fields("title"))) item.body;
  // @ts-expect-error: a filter of another collection
  await api.find("/users", news);
  // @ts-expect-error: not a list
  await api.find("/ping", news);
  void [all, titles];
}

export async function calls(): Promise<void> {
  const { data } = await api.POST("/news", { body: { title: "t", body: "b" } });
  data.id.trim();
  // @ts-expect-error: no body
  await api.POST("/news");
  // @ts-expect-error: a body without its title
  await api.POST("/news", { body: { body: "b" } });
  // @ts-expect-error: no id
  await api.GET("/news/{id}");
  // @ts-expect-error: no such path
  await api.GET("/olds");
  // @ts-expect-error: no such method
  await api.DELETE("/news");
  // @ts-expect-error: the contract has no operation HEAD
  await api.HEAD("/news");
  await api.PATCH("/news", { params: { query: { where: {}, all: true } }, body: { title: "t" } });
  // @ts-expect-error: to change all, say which
  await api.PATCH("/news", { body: { title: "t" } });
  // @ts-expect-error: a condition that got lost
  await api.PATCH("/news", { params: { query: { where: undefined } }, body: { title: "t" } });
  // @ts-expect-error: null is no condition
  await api.PATCH("/news", { params: { query: { where: null } }, body: { title: "t" } });
  // @ts-expect-error: a value that got lost
  await api.PATCH("/news", { params: { query: { where: { title: undefined } } }, body: { title: "t" } });
  // @ts-expect-error: it may be unchanged
  (await api.GET("/news/{id}", { params: { path: { id: "1" } } })).data.id;
}
