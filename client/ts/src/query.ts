import { json } from "./json.js";

/**
 * How a query parameter is written, if not as text or in JSON: a list as a parameter for each item ("list") or with a separator in one; an
 * object as name[property]=value ("deepObject"), as a parameter for each property ("properties"), or as name=property,value ("pairs");
 * a value of any type in JSON ("json").
 */
export type Styles = Readonly<Record<string, string>>;

/** The query. Filters and conditions are in JSON: in brackets their types would get lost. What has no JSON is refused, undefined included. */
export function query(parameters: Record<string, unknown>, styles: Styles = {}): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    const text = (part: unknown): string => (typeof part === "string" ? part : json(name, part));
    const style = styles[name];
    if (style === "json") {
      written.append(name, json(name, value));
    } else if (style === undefined || typeof value !== "object" || value === null) {
      written.append(name, text(value));
    } else if (Array.isArray(value)) {
      if (style === "list") value.forEach((item) => written.append(name, text(item)));
      else written.append(name, value.map(text).join(style));
    } else if (style === "pairs") {
      written.append(name, Object.entries(value).flat().map(text).join(","));
    } else {
      for (const [property, member] of Object.entries(value)) {
        const full = style === "deepObject" ? `${name}[${property}]` : property;
        for (const item of Array.isArray(member) ? member : [member]) written.append(full, text(item));
      }
    }
  }
  return written.toString();
}
