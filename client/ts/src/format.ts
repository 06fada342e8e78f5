import { json } from "./json.js";
import { query, type Styles } from "./query.js";

/** How an operation's parameters and body are written, where that is neither text nor JSON. */
export interface Format {
  query?: Styles;
  /** Names the header fields with JSON of any type ("json"). */
  header?: Styles;
  /** What is before a path parameter, and between the items of a list. */
  path?: Readonly<Record<string, readonly [before: string, between: string]>>;
  /** The media type of the body, if it is not application/json, and the styles of a form's fields. */
  body?: { readonly media: string; readonly fields?: Styles };
  /** How the body of a success is read that is not JSON. */
  answer?: "text" | "blob" | "stream";
}

/**
 * Returns the path. Throws a RangeError for a value that would make it another operation's (RFC 3986, section 5.2.4), and for a list with an
 * item that the server would read as two.
 */
export function path(template: string, parameters: Record<string, unknown>, formats: NonNullable<Format["path"]> = {}): string {
  return template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = parameters[name];
    const [before, between] = formats[name] ?? ["", ","];
    const isList = Array.isArray(value), items = (isList ? value : [value]).map(String);
    const written = before + items.map(encodeURIComponent).join(between);
    if (value === undefined || ["", ".", ".."].includes(written) || (isList && items.some((item) => item.includes(between[0]!)))) {
      throw new RangeError(`There is nothing with the ${name} "${String(value)}"; nothing was sent`);
    }
    return written;
  });
}

/** Returns the header field Cookie. Throws a TypeError where scripts cannot set it, and for values that it cannot have (RFC 6265, section 4.1.1). */
export function cookie(values: Record<string, unknown>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined);
  for (const [name, value] of pairs) {
    if (/[^!#-+\--:<-[\]-~]/.test(String(value))) throw new TypeError(`The cookie ${name} cannot have this value; nothing was sent`);
  }
  if (!new Request("http://localhost", { headers: { Cookie: "a=b" } }).headers.has("Cookie")) {
    throw new TypeError("A page cannot send cookies in a request; set document.cookie. Nothing was sent");
  }
  return pairs.map(([name, value]) => `${name}=${value}`).join("; ");
}

/** Returns a body and its media type. A FormData, and a multipart form, have none: fetch adds it, with the boundary. */
export function body(value: unknown, { media, fields = {} }: NonNullable<Format["body"]>): [body: unknown, media: string | null] {
  if (value instanceof FormData) return [value, null];
  if (media === "application/x-www-form-urlencoded") return [value instanceof URLSearchParams ? value : form(value as object, fields), media];
  if (media === "multipart/form-data") return [multipart(value as object, fields), null];
  if (/[/+]json$/.test(media)) return [JSON.stringify(value), media];
  return [value, media.includes("*") ? null : media]; // fetch adds the type of a Blob
}

/** Returns an object as a urlencoded form: a list as a field for each item, null as an empty field. */
function form(value: object, fields: Styles): string {
  const members = membersOf(value).map(([name, member]) => [name, member === null && fields[name] !== "json" ? "" : member]);
  return query(Object.fromEntries(members), Object.fromEntries(members.map(([name]) => [name, fields[name as string] ?? "list"])));
}

/** Returns an object as a multipart form: a list as a part for each item, null as an empty part, objects in JSON. */
function multipart(value: object, fields: Styles): FormData {
  const data = new FormData();
  for (const [name, member] of membersOf(value)) {
    if (fields[name] === "json") {
      data.append(name, json(name, member));
      continue;
    }
    for (const item of Array.isArray(member) ? member : [member]) {
      if (item instanceof Blob) data.append(name, item);
      else data.append(name, typeof item === "string" ? item : item === null ? "" : json(name, item));
    }
  }
  return data;
}

const membersOf = (value: object): [string, unknown][] => Object.entries(value).filter(([, member]) => member !== undefined);
