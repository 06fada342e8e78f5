// Writes src/schema.ts from the contract, and gives the package the contract's version.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { parse } from "yaml";

const contract = parse(await readFile(new URL("../../openapi.yaml", import.meta.url), "utf8"));

/** Writes the references into the mappings of discriminators that name schemas, which openapi-typescript does not resolve. */
function mapped(node) {
  if (typeof node !== "object" || node === null) return;
  const mapping = node.discriminator?.mapping ?? {};
  for (const name of Object.keys(mapping)) {
    if (typeof mapping[name] === "string" && !mapping[name].includes("/")) mapping[name] = `#/components/schemas/${mapping[name]}`;
  }
  Object.values(node).forEach(mapped);
}
mapped(contract);

const resolved = (node) => (node?.$ref ? resolved(node.$ref.split("/").slice(1).reduce((at, key) => at[key], contract)) : node);

/** The type of a schema, or of a part of its allOf. */
function typeOf(schema) {
  const { type, properties, allOf = [] } = resolved(schema);
  return type ?? (properties ? "object" : allOf.map(typeOf).find(Boolean));
}

/** The properties of a schema and of the parts of its allOf. */
function propertiesOf(schema) {
  const { properties = {}, allOf = [] } = resolved(schema);
  return Object.assign({}, ...allOf.map(propertiesOf), properties);
}

/** How a query parameter, or a field of a form, is written: see query.ts. */
function styleOf({ style = "form", explode = style === "form", schema }) {
  if (typeOf(schema) === "array") return explode ? "list" : { spaceDelimited: " ", pipeDelimited: "|" }[style] ?? ",";
  if (typeOf(schema) === "object") return style === "deepObject" ? style : explode ? "properties" : "pairs";
}

/** How a parameter is written: see format.ts. */
function formatOf({ in: place, name, style, explode, schema, content }) {
  if (content) return typeOf(content["application/json"].schema) === "object" ? undefined : "json"; // objects are in JSON anyway
  if (place === "query") return styleOf({ style, explode, schema });
  const before = { label: ".", matrix: `;${encodeURIComponent(name)}=` }[style];
  if (place === "path" && before) return [before, explode ? before : ","];
}

const forms = ["application/x-www-form-urlencoded", "multipart/form-data"];

/** How a request body is written that is not application/json: see format.ts. */
function bodyOf({ content = {} } = {}) {
  const types = Object.keys(content).sort();
  const media = types.find((type) => /[/+]json$/.test(type)) ?? types.find((type) => forms.includes(type)) ?? (types.length > 1 ? "*/*" : types[0]);
  if (media === undefined || media === "application/json") return undefined;
  const fields = {};
  for (const [name, schema] of Object.entries(forms.includes(media) ? propertiesOf(content[media].schema) : {})) {
    const { contentType, ...encoding } = content[media].encoding?.[name] ?? {};
    fields[name] = contentType === "application/json" ? "json" : styleOf({ ...encoding, schema });
  }
  return { media, fields };
}

/** How the body of a success is read that is not JSON: see BodyOf in client.ts. */
function answerOf(responses) {
  const successes = Object.keys(responses).filter((status) => status.startsWith("2"));
  const content = Object.assign({}, ...(successes.length ? successes : ["default"]).map((status) => resolved(responses[status])?.content));
  const types = Object.keys(content);
  if (types.length === 0 || types.some((type) => /[/+]json$/.test(type))) return undefined;
  if (types.some((type) => ["text/event-stream", "application/x-ndjson"].includes(type))) return "stream";
  return types.some((type) => !content[type].schema || resolved(content[type].schema).format === "binary") ? "blob" : "text";
}

const formats = {};
for (const [path, item] of Object.entries(contract.paths)) {
  for (const verb of ["get", "put", "post", "patch", "delete", "head", "options"].filter((verb) => item[verb])) {
    const format = { body: bodyOf(resolved(item[verb].requestBody)), answer: answerOf(item[verb].responses) };
    for (const parameter of [...(item.parameters ?? []), ...(item[verb].parameters ?? [])].map(resolved)) {
      (format[parameter.in] ??= {})[parameter.name] = formatOf(parameter);
    }
    const written = JSON.parse(JSON.stringify(format), (_, value) => (value?.constructor === Object && Object.keys(value).length === 0 ? undefined : value));
    if (written) formats[`${verb.toUpperCase()} ${path}`] = written;
  }
}

// openapi-typescript says string of a parameter that is sent as JSON. Callers give its value; the client makes the JSON.
const items = Object.values(contract.paths);
const lists = [...items, ...items.flatMap(Object.values)].map((node) => node?.parameters ?? []);
for (const parameter of [...lists.flat(), ...Object.values(contract.components?.parameters ?? {})]) {
  if (parameter.content) {
    parameter.schema = parameter.content["application/json"].schema;
    delete parameter.content;
  }
}

// Files are not text.
const transform = ({ format }) => (format === "binary" ? ts.factory.createTypeReferenceNode("Blob") : undefined);

const header = "// Generated by generate.js from openapi.yaml. DO NOT EDIT.\n\nimport type { Format } from \"./format.js\";\n\n";
await writeFile(new URL("src/schema.ts", import.meta.url), header + astToString(await openapiTS(contract, { defaultNonNullable: false, transform })) + `
/** How operations are written that have more than text and JSON. */
export const formats: Readonly<Record<string, Format>> = ${JSON.stringify(formats, null, 4)};
`);

for (const name of ["package.json", "package-lock.json"]) {
  const file = new URL(name, import.meta.url), content = JSON.parse(await readFile(file, "utf8"));
  for (const described of [content, content.packages?.[""]]) {
    if (described) described.version = contract.info.version;
  }
  await writeFile(file, JSON.stringify(content, null, 2) + "\n");
}
