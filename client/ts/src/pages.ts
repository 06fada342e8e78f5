import type { Filter, FilterOf, Parts, Property, Resource, Schema } from "./filter.js";
import type { paths } from "./schema.js";

/** The paths of the contract that list a collection. */
export type ListPath = { [P in keyof paths]: ResourceAt<P> extends never ? never : P }[keyof paths];

/** The collection that a path lists: the one whose filter it takes. */
export type ResourceAt<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: { filter?: infer F } } } }
  ? { [R in Resource]: Same<NonNullable<F>, FilterOf<R>> extends true ? R : never }[Resource]
  : never;

/** What a list has: all of a document, or the properties that the filter's `fields` chose. */
export type Document<R extends Resource, Sent extends Property<R>> = Pick<Schema<R>, Sent & keyof Schema<R>>;

export interface PageOptions {
  /** How many documents a request asks for, 1 to 1,000. Default: 100. */
  pageSize?: number | undefined;
  /** Ends the iteration with its reason. */
  signal?: AbortSignal | undefined;
}

type Row = Record<string, unknown>;
type Condition = Record<string, unknown>;

/** Lists once. */
export type List<R extends Resource> = (parts: Parts<R>, signal: AbortSignal | undefined) => Promise<Row[]>;

/**
 * Yields what the filter matches, page by page, at most the filter's `limit` documents altogether. The next page is asked for
 * by what comes after the last document, not by a count, so that what others create and delete meanwhile makes no document
 * come twice and leaves none out that was there all the time.
 */
export async function* pages<R extends Resource, Sent extends Property<R>>(
  list: List<R>, filter: Filter<R, Sent>, { pageSize = 100, signal }: PageOptions,
): AsyncGenerator<Document<R, Sent>[], void, undefined> {
  if (!(pageSize >= 1 && pageSize <= 1000)) throw new RangeError(`pageSize is ${pageSize}; it must be 1 to 1000`);
  const { where, order = [], fields, limit = Infinity, ...once } = filter.parts;
  const keys = sortKeys(order);
  const constant = {
    order: keys.map((key) => `${key.property} ${key.descending ? "DESC" : "ASC"}`),
    ...(fields && { fields: [...new Set([...fields, ...keys.map((key) => key.property)])] }),
  };
  let after: Condition | undefined;
  for (let left = limit; left > 0; ) {
    const size = Math.min(pageSize, left);
    const conditions = [where, after].filter((condition) => condition !== undefined);
    const parts = {
      ...(after ? {} : once),
      ...constant,
      ...(conditions.length > 0 && { where: conditions.length > 1 ? { and: conditions } : conditions[0] }),
      limit: size,
    };
    const rows = await list(parts as Parts<R>, signal);
    if (rows.length > 0) yield rows.map((row) => chosen(row, fields)) as Document<R, Sent>[];
    if (rows.length < size) return;
    left -= rows.length;
    after = following(rows.at(-1)!, keys);
  }
}

interface SortKey {
  property: string;
  descending: boolean;
}

/** The keys of an order up to id, which is always among them: as the server does, in the direction of the key before. */
function sortKeys(order: readonly string[]): SortKey[] {
  const keys = order.map((key) => ({ property: key.replace(/ .*/, ""), descending: key.endsWith(" DESC") }));
  const id = keys.findIndex((key) => key.property === "id");
  return id >= 0 ? keys.slice(0, id + 1) : [...keys, { property: "id", descending: keys.at(-1)?.descending ?? false }];
}

/** What comes after a row: the same in the first keys, and after it in the next, for any number of first keys. */
function following(row: Row, keys: SortKey[]): Condition {
  const alternatives = keys.flatMap((key, i) => {
    const same = Object.fromEntries(keys.slice(0, i).map(({ property }) => [property, row[property] ?? null]));
    return beyond(row[key.property] ?? null, key).map((condition) => ({ ...same, [key.property]: condition }));
  });
  return alternatives.length === 1 ? alternatives[0]! : { or: alternatives };
}

/** The values after one, as alternatives. Absent ones are the first, last when descending; gt and lt do not match them. */
function beyond(value: unknown, { property, descending }: SortKey): unknown[] {
  if (value === null) return descending ? [] : [{ neq: null }];
  if (typeof value === "boolean") return descending ? [value ? { neq: true } : null] : value ? [] : [true];
  if (!descending) return [{ gt: value }];
  return property === "id" ? [{ lt: value }] : [{ lt: value }, null];
}

/** The row without what was asked for only to find the next page. */
function chosen(row: Row, fields: readonly string[] | undefined): Row {
  return fields ? Object.fromEntries(Object.entries(row).filter(([property]) => fields.includes(property))) : row;
}

/** Whether two types are the same, not just assignable to each other, as all-optional ones are. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
