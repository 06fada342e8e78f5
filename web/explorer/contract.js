// The contract, which may require a sign-in.

import { base, root } from './api.js';
import * as session from './session.js';

/** The contract as an object, with this page's server as its only one; undefined if it requires a sign-in. */
export async function load() {
  const response = await get(`${root}/openapi.json`, await session.fresh());
  if (response.status === 401) return undefined;
  if (!response.ok) throw new Error(`openapi.json: status ${response.status}`);
  // Swagger UI would resolve a relative URL against the page, and the page may send requests to its own origin only.
  return withServer(await response.json());
}

/** The contract with this server in place of all, those of paths and operations included. */
function withServer(contract) {
  for (const item of Object.values(contract.paths)) {
    for (const object of [item, ...Object.values(item)]) delete object?.servers;
  }
  return { ...contract, servers: [{ url: base }] };
}

/** Reports whether the contract is public. */
export const isPublic = () => get(`${root}/openapi.json`).then((response) => response.ok, () => false);

/** Makes a link to the contract send the token; browsers follow links without one. */
export function download(link) {
  link.addEventListener('click', async (event) => {
    event.preventDefault();
    const response = await get(link.href, await session.fresh());
    if (!response.ok) return;
    const file = document.createElement('a');
    file.href = URL.createObjectURL(await response.blob());
    file.download = link.download;
    file.click();
    URL.revokeObjectURL(file.href);
  });
}

const get = (url, token) => fetch(url, { headers: token ? { Authorization: `Bearer ${token}` } : {} });

/** Returns the schema that a $ref refers to, and its name; a schema without $ref is returned without a name. */
export function resolve(contract, schema) {
  let name = '';
  for (let depth = 0; schema?.$ref && depth < 16; depth++) {
    const path = schema.$ref.slice(2).split('/');
    name = path.at(-1);
    schema = path.reduce((value, key) => value?.[key], contract);
  }
  return { name, schema: schema ?? {} };
}

/** Returns an operation with its request body and the parameters of its path that it does not override, without references. */
export function operationAt(contract, path, method) {
  const item = contract.paths[path], operation = item[method];
  const [inherited, own] = [item, operation].map(({ parameters = [] }) => parameters.map((p) => resolve(contract, p).schema));
  const parameters = [...inherited.filter((p) => !own.some((other) => other.name === p.name && other.in === p.in)), ...own];
  return { ...operation, parameters, requestBody: operation.requestBody && resolve(contract, operation.requestBody).schema };
}

/** Returns the name of the security scheme that tokens of the sign-in are for: that with x-token, or the only one for bearer tokens. */
export function accountScheme(contract) {
  const schemes = Object.entries(contract.components?.securitySchemes ?? {}).map(([name, scheme]) => [name, resolve(contract, scheme).schema]);
  const bearers = schemes.filter(([, { type, scheme }]) => type === 'http' && scheme.toLowerCase() === 'bearer');
  return (schemes.find(([, scheme]) => scheme['x-token']) ?? (bearers.length === 1 ? bearers[0] : []))[0];
}

/**
 * Returns the operations that x-token names signUp and signIn as {method, path, body}; body has the properties of the request and the
 * names of those that are required. An operation that the contract does not have is undefined.
 */
export function accountOperations(contract) {
  const schemes = Object.values(contract.components?.securitySchemes ?? {});
  const { signUp, signIn } = schemes.map((scheme) => resolve(contract, scheme).schema['x-token']).find(Boolean) ?? {};
  return { signUp: operationOf(contract, signUp), signIn: operationOf(contract, signIn) };
}

function operationOf(contract, id) {
  for (const [path, item] of Object.entries(contract.paths)) {
    const method = Object.keys(item).find((key) => id && item[key]?.operationId === id);
    if (method) return { method: method.toUpperCase(), path, body: bodyOf(contract, item[method].requestBody) };
  }
  return undefined;
}

function bodyOf(contract, requestBody) {
  const { properties, required } = whole(contract, resolve(contract, requestBody).schema.content?.['application/json']?.schema);
  return { properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, whole(contract, schema)])), required };
}

/** Returns a schema with the content of those that its $ref and allOf refer to. */
export function whole(contract, schema) {
  const { allOf = [], ...own } = resolve(contract, schema).schema;
  return [...allOf.map((part) => whole(contract, part)), own].reduce((all, part) => ({
    ...all, ...part,
    properties: { ...all.properties, ...part.properties },
    required: [...(all.required ?? []), ...(part.required ?? [])],
  }), {});
}
