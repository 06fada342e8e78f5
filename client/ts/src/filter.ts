import { json } from "./json.js";
import type { components } from "./schema.js";

/** The contract's schemas; `{}` if it has none. */
type Schemas = [components["schemas"]] extends [never] ? {} : components["schemas"];

/** A schema of the contract by its name: `Schema<"User">`. */
export type Schema<Name extends keyof Schemas> = Schemas[Name];

/** A schema that the contract may lack: never, if it does. */
export type Optional<Name extends string> = Name extends keyof Schemas ? Schemas[Name] : never;

/** The collections that can be filtered: those for which the contract has a `…Filter` and a `…Where`. */
export type Resource = {
  [Name in keyof Schemas]: `${Name}Filter` | `${Name}Where` extends keyof Schemas ? Name : never;
}[keyof Schemas];

/** The contract's filter of a collection, as it goes over the wire. */
export type FilterOf<R extends Resource> = Schemas[`${R}Filter` & keyof Schemas];

/** The contract's condition on a collection's documents: properties with a value or operators, and `and`, `or`, `nor`. */
export type Where<R extends Resource> = Schemas[`${R}Where` & keyof Schemas];

/** The names of a collection's properties. */
export type Property<R extends Resource> = keyof Schemas[R] & string;

/** A property to order by, ascending unless it says DESC. Arrays have no order, and the server refuses strings of more than 1024 characters. */
export type OrderKey<R extends Resource> = `${Single<R>}${"" | " ASC" | " DESC"}`;

type Single<R extends Resource> = {
  [P in Property<R>]-?: NonNullable<Schemas[R][P & keyof Schemas[R]]> extends string | number | boolean ? P : never;
}[Property<R>];

/**
 * Starts a filter of all documents of a collection.
 *
 *     filter<"User">().where({ email: { ilike: "%@example.com" } }).order("date_created DESC").limit(10)
 *
 * Properties, operators and operands that the contract does not have do not compile.
 */
export function filter<R extends Resource>(): Filter<R> {
  return new Filter<R>({});
}

/** What a filter says, before it goes over the wire. */
export interface Parts<R extends Resource> {
  where?: Where<R>;
  order?: OrderKey<R>[];
  fields?: Property<R>[];
  limit?: number;
  skip?: number;
}

/** A filter of the documents of R, of which the properties Sent are sent. It never changes: each method returns another one. */
export class Filter<R extends Resource, Sent extends Property<R> = Property<R>> {
  /** Keeps the compiler from taking the filter of one collection for another's. */
  declare protected readonly of: (resource: R, sent: Sent) => [R, Sent];
  /** What was said so far. */
  readonly parts: Readonly<Parts<R>>;

  constructor(parts: Readonly<Parts<R>>) {
    this.parts = parts;
  }

  /** Those that meet the condition, and the conditions given before. Throws a TypeError when a value in it is undefined. */
  where(condition: Where<R>): Filter<R, Sent> {
    const before = this.parts.where;
    return this.#with({ where: before ? { and: [before, condition] } : condition } as unknown as Parts<R>);
  }

  /** In this order, instead of one given before; ties are broken by id. */
  order(...keys: [OrderKey<R>, ...OrderKey<R>[]]): Filter<R, Sent> {
    return this.#with({ order: keys });
  }

  /** Only these properties of each, instead of those given before. */
  fields<P extends Property<R>>(...names: [P, ...P[]]): Filter<R, P> {
    json("filter", names);
    return new Filter<R, P>({ ...this.parts, fields: names });
  }

  /** At most so many: 1 to 1,000 in one answer, any number of pages. */
  limit(count: number): Filter<R, Sent> {
    return this.#with({ limit: count });
  }

  /** Without the first ones, 10,000 at most. To read on where a page ended, `pages` is safer: it does not count. */
  skip(count: number): Filter<R, Sent> {
    return this.#with({ skip: count });
  }

  /** The filter as the contract says it, for calls that take it as a parameter. */
  build(): FilterOf<R> {
    return this.parts as FilterOf<R>;
  }

  #with(change: Parts<R>): Filter<R, Sent> {
    json("filter", change);
    return new Filter<R, Sent>({ ...this.parts, ...change });
  }
}
