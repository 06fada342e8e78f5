// The contract, which may be for those only who are signed in.

import { base } from './api.js';
import * as session from './session.js';

/** The contract as an object, with the server that this page came from as its only one; undefined when it is not for whoever is asking. */
export async function load() {
  const answer = await get(`${base}/openapi.json`, await session.fresh());
  if (answer.status === 401) return undefined;
  if (!answer.ok) throw new Error(`openapi.json is answered with ${answer.status}`);
  // Swagger UI would resolve a relative URL against the page, and the page may send requests to its own origin only.
  return withServer(await answer.json());
}

/** The contract with this server in place of all, those of paths and operations included. */
function withServer(contract) {
  for (const item of Object.values(contract.paths)) {
    for (const object of [item, ...Object.values(item)]) delete object?.servers;
  }
  return { ...contract, servers: [{ url: base }] };
}

/** Whether strangers are shown the contract, as far as one can tell. */
export const isPublic = () => get(`${base}/openapi.json`).then((answer) => answer.ok, () => false);

/** Makes links to the contract send the token: a browser would follow them without one. */
export function download(link) {
  link.addEventListener('click', async (event) => {
    event.preventDefault();
    const answer = await get(link.href, await session.fresh());
    if (!answer.ok) return;
    const file = document.createElement('a');
    file.href = URL.createObjectURL(await answer.blob());
    file.download = link.download;
    file.click();
    URL.revokeObjectURL(file.href);
  });
}

const get = (url, token) => fetch(url, { headers: token ? { Authorization: `Bearer ${token}` } : {} });

/** The schema that a $ref stands for, and its name; a schema without one is its own, without a name. */
export function resolve(contract, schema) {
  let name = '';
  for (let depth = 0; schema?.$ref && depth < 16; depth++) {
    const path = schema.$ref.slice(2).split('/');
    name = path.at(-1);
    schema = path.reduce((value, key) => value?.[key], contract);
  }
  return { name, schema: schema ?? {} };
}

/** An operation with the parameters of its path. */
export function operationAt(contract, path, method) {
  const item = contract.paths[path], operation = item[method];
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((p) => resolve(contract, p).schema);
  return { ...operation, parameters };
}
