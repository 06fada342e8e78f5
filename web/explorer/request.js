// The request of an operation, as a curl command and in TypeScript.

import { base } from './api.js';
import { operationAt, resolve, whole } from './contract.js';

/**
 * What Execute would send: {operation, method, path, values: {path, query, header, cookie}, media, body, credentials}; credentials are the security schemes that the request needs. Values are as
 * JSON has them where the contract says JSON, else texts; body is undefined without one, and an object of a form. Texts that should be JSON and are not stay texts.
 */
export function requestOf(contract, system, path, method) {
  const operation = operationAt(contract, path, method);
  const entered = system.specSelectors.operationWithMeta(path, method).get('parameters');
  const values = { path: {}, query: {}, header: {}, cookie: {} };
  for (const parameter of operation.parameters) {
    const value = entered?.find((p) => p.get('name') === parameter.name && p.get('in') === parameter.in)?.get('value');
    if (value !== undefined && value !== null && value !== '') {
      values[parameter.in][parameter.name] = parameter.content ? json(value) : typed(contract, parameter.schema, value);
    }
  }
  return { operation, method, path, values, ...bodyOf(contract, operation, system.oas3Selectors, path, method), credentials: credentialsOf(contract, operation) };
}

const isJSON = (media) => /[/+]json$/.test(media);

/** Returns the request body and its media type; files that are not chosen yet are called file. */
function bodyOf(contract, { requestBody }, selectors, path, method) {
  const content = requestBody?.content ?? {}, chosen = selectors.requestContentType(path, method), entered = selectors.requestBodyValue(path, method);
  const media = content[chosen] ? chosen : Object.keys(content)[0];
  if (!media) return {};
  const { schema, example, examples } = content[media], text = entered ?? example ?? Object.values(examples ?? {})[0]?.value;
  if (isJSON(media)) return { media, body: typeof text === 'string' ? json(text) : text };
  const file = (value) => (value instanceof File ? value : new File([], 'file'));
  if (!media.includes('form')) return { media, body: media === 'text/plain' ? text : file(text) };
  const { properties = {} } = whole(contract, schema);
  const valueOf = (name, value) => {
    const property = resolve(contract, properties[name]).schema, items = resolve(contract, property.items).schema;
    if (property.format === 'binary') return file(value);
    return items.format === 'binary' ? [value].flat().map(file) : typed(contract, property, value);
  };
  const fields = Object.entries(entered?.toJS?.() ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { value }]) => [name, valueOf(name, value)]);
  return { media, body: Object.fromEntries(fields.filter(([, value]) => value !== '' && value !== undefined)) };
}

/** Returns the schemes of the alternative that requires the fewest. */
export function credentialsOf(contract, operation) {
  const alternatives = (operation.security ?? contract.security ?? []).map(Object.keys).filter((names) => names.length);
  const [names = []] = alternatives.sort((a, b) => a.length - b.length);
  return names.map((name) => resolve(contract, contract.components.securitySchemes[name]).schema);
}

/** Returns the arguments of curl for a security scheme, with variables in place of secrets. */
function credentialOf({ type, scheme = 'bearer', in: place, name }) {
  if (type !== 'apiKey') return scheme.toLowerCase() === 'basic' ? '-u "$user:$password"' : `-H "Authorization: ${scheme[0].toUpperCase() + scheme.slice(1)} $token"`;
  if (place === 'header') return `-H "${name}: $key"`;
  return place === 'cookie' ? `-b "${name}=$key"` : `--url-query "${name}=$key"`;
}

/** Returns what was entered as the schema's type; Swagger UI has lists as objects of Immutable.js, and numbers as texts. */
function typed(contract, schema, value) {
  if (typeof value !== 'string') return value.toJS?.() ?? value;
  const { type } = resolve(contract, schema).schema;
  return ['integer', 'number', 'boolean', 'array', 'object'].includes(type) ? json(value) : value;
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Returns the names and texts of a query parameter, in its style. */
function written({ name, content, style = 'form', explode = style === 'form' }, value) {
  if (content || value === null || typeof value !== 'object') return [[name, textOf(value)]];
  if (style === 'deepObject') return Object.entries(value).flatMap(([key, member]) => [member].flat().map((each) => [`${name}[${key}]`, textOf(each)]));
  if (explode) return Array.isArray(value) ? value.map((each) => [name, textOf(each)]) : Object.entries(value).flatMap(([key, member]) => [member].flat().map((each) => [key, textOf(each)]));
  const separator = { spaceDelimited: ' ', pipeDelimited: '|' }[style] ?? ',';
  return [[name, (Array.isArray(value) ? value : Object.entries(value).flat()).map(textOf).join(separator)]];
}

/** Returns the text of a path parameter, in its style. */
function inPath({ name, style, explode }, value) {
  const before = { label: '.', matrix: `;${name}=` }[style] ?? '';
  return before + [value].flat().map((each) => encodeURIComponent(textOf(each))).join((explode && before) || ',');
}

const textOf = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

/** Returns the command for a POSIX shell. It contains $token instead of the token, so that it can be shared. */
export function curl({ operation, method, path, values, media = 'application/json', body, credentials }) {
  const query = operation.parameters.filter((p) => p.in === 'query' && values.query[p.name] !== undefined).flatMap((p) => written(p, values.query[p.name]));
  let url = base + path.replace(/{([^{}]+)}/g, (_, name) => inPath(operation.parameters.find((p) => p.in === 'path' && p.name === name), values.path[name] ?? `$${name}`));
  const parts = [method === 'get' || (method === 'post' && body !== undefined) ? 'curl' : `curl -X ${method.toUpperCase()}`];
  if (query.length && body !== undefined) url += `?${new URLSearchParams(query)}`;
  parts[0] += ` ${quote(url)}`;
  parts.push(...credentials.map(credentialOf));
  for (const [name, value] of Object.entries(values.header)) parts.push(`-H ${quote(`${name}: ${textOf(value)}`)}`);
  for (const [name, value] of Object.entries(values.cookie ?? {})) parts.push(`-b ${quote(`${name}=${textOf(value)}`)}`);
  if (body !== undefined) {
    parts.push(...dataOf(media, body, operation.requestBody?.content[media].encoding));
  } else if (query.length) {
    parts.push('-G', ...query.map(([name, value]) => `--data-urlencode ${quote(`${name}=${value}`)}`));
  }
  return parts.join(' \\\n  ');
}

/** Returns the arguments of curl for a request body. */
function dataOf(media, body, encoding = {}) {
  const type = `-H ${quote(`Content-Type: ${media}`)}`;
  if (isJSON(media)) return [type, `-d ${quote(textOf(body))}`];
  if (!media.includes('form')) return [type, body instanceof File ? `--data-binary ${quote(`@${body.name}`)}` : `--data-raw ${quote(textOf(body))}`]; // a text may start with @
  const fields = Object.entries(body);
  if (media === 'multipart/form-data') {
    return fields.flatMap(([name, value]) => [value].flat().map((each) => (each instanceof File ? `-F ${quote(`${name}=@${each.name}`)}` : `--form-string ${quote(`${name}=${textOf(each)}`)}`)));
  }
  return fields.flatMap(([name, value]) => written({ name, ...encoding[name], content: encoding[name]?.contentType }, value)).map(([name, text]) => `--data-urlencode ${quote(`${name}=${text}`)}`);
}

const quote = (text) => `'${text.replaceAll(`'`, `'\\''`)}'`;

/** The statement for the TypeScript client, and for openapi-fetch. */
export function typescript({ method, path, values, body }) {
  const params = Object.fromEntries(['path', 'query', 'header', 'cookie'].map((place) => [place, values[place] ?? {}]).filter(([, named]) => Object.keys(named).length));
  const init = { ...(Object.keys(params).length && { params }), ...(body !== undefined && { body }) };
  const call = [JSON.stringify(path), ...(Object.keys(init).length ? [literal(init)] : [])].join(', ');
  return `const api = new Client({ baseUrl: ${JSON.stringify(base)} });\nconst { data } = await api.${method.toUpperCase()}(${call});`;
}

/** JSON with the names bare that may be. */
function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (value instanceof File) return 'file';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}: ${literal(member)}`);
  return members.length ? `{ ${members.join(', ')} }` : '{}';
}
