// The request in Go, for the package client.

import { base } from './api.js';
import { resolve } from './contract.js';
import { keysOf, operatorAt, shapeOf } from './filter.js';

const methods = {
  eq: 'Eq', neq: 'Neq', gt: 'Gt', gte: 'Gte', lt: 'Lt', lte: 'Lte', between: 'Between', inq: 'Inq', nin: 'Nin',
  like: 'Like', nlike: 'NLike', ilike: 'ILike', nilike: 'NILike', regexp: 'Regexp', exists: 'Exists',
};
const initialisms = new Set(['API', 'HTML', 'HTTP', 'ID', 'IP', 'JSON', 'URI', 'URL', 'UUID']);

/** Returns the statements for a request. A comment says what Go's types cannot express. */
export function go(contract, request) {
  const { operation, values } = request;
  const filter = operation.parameters.map((parameter) => [shapeOf(contract, parameter), values.query[parameter.name]]).find(([shape]) => shape);
  const lines = [`api, err := client.New(${string(base)})`];
  try {
    const call = (...given) => `api.${exported(operation.operationId)}(${['ctx', ...given].join(', ')})`;
    if (operation.operationId === 'signIn') return [...lines, `err = ${call(string(request.body.email), string(request.body.password))}`].join('\n');
    if (operation.operationId === 'refresh') return [...lines, `err = ${call()} // the client does this automatically`].join('\n');

    const path = operation.parameters.filter((p) => p.in === 'path').map(({ name, schema }) => argumentOf(contract, resolve(contract, schema).schema, values.path[name] ?? name));
    const conditions = Object.entries(values.header).filter(([name]) => isCondition(name));
    const editors = conditions.map(([name, value]) => `client.${exported(name)}(${string(value)})`);
    if (filter?.[0].bare && values.query.all) editors.push('client.ConfirmAll');
    const params = paramsOf(contract, operation, values, filter?.[0], lines);
    const { list, argument, left } = filterOf(...(filter ?? []));
    const body = request.body === undefined ? [] : [bodyOf(contract, operation, request, lines)];
    const all = call(...path, ...params, ...argument, ...body, ...editors);
    if (left.length) lines.push(`// ${left.join(' and ')}: not supported by this client, which reads whole documents, page by page`);
    const answers = Object.entries(operation.responses).some(([status, answer]) => status.startsWith('2') && resolve(contract, answer).schema.content);
    if (list) return [...lines, `for document, err := range ${all} { … }`].join('\n');
    return [...lines, `${answers ? 'result, err :=' : 'err ='} ${all}`].join('\n');
  } catch {
    return [...lines, '// The request is incomplete, or cannot be expressed in Go.'].join('\n');
  }
}

/** Reports whether the client has a function for a header field. */
const isCondition = (name) => ['if-match', 'if-none-match'].includes(name.toLowerCase());

/** Returns a parameter of the path: a string, or a number, boolean or list of one of them. */
function argumentOf(contract, { type, items }, value) {
  if (type === 'array' && Array.isArray(value)) {
    const item = resolve(contract, items).schema;
    return `[]${{ integer: 'int64', number: 'float64', boolean: 'bool' }[item.type] ?? 'string'}{${value.map((each) => argumentOf(contract, item, each)).join(', ')}}`;
  }
  return ['integer', 'number', 'boolean'].includes(type) && typeof value !== 'object' ? String(value) : string(value);
}

/** Returns the argument for the other parameters of query, header and cookies, if the method has one: a struct if the values are simple, else a variable that lines decode. */
function paramsOf(contract, operation, values, shape, lines) {
  const counted = Object.entries(operation.responses ?? {}).some(([status, { headers }]) => status.startsWith('2') && headers?.['X-Total-Count']);
  const others = operation.parameters.filter((p) => p.in !== 'path' && !shapeOf(contract, p) && !(p.in === 'header' && isCondition(p.name))
    && !(shape?.bare && p.name === 'all') && !(counted && p.name === 'total'));
  if (!others.length) return [];
  const given = others.filter((p) => values[p.in]?.[p.name] !== undefined);
  if (!given.length) return ['nil'];
  const type = `client.${exported(operation.operationId)}Params`;
  const members = given.map((p) => {
    const schema = p.schema && resolve(contract, p.schema).schema, value = values[p.in][p.name];
    const simple = ['string', 'boolean', 'integer'].includes(schema?.type) && !schema.enum && (!schema.format || ['email', 'uuid', 'uri'].includes(schema.format));
    return simple && `${exported(p.name)}: ${p.required ? scalar(schema.type, value) : `new(${scalar(schema.type, value)})`}`;
  });
  if (members.every(Boolean)) return [`&${type}{${members.join(', ')}}`];
  const object = Object.fromEntries(given.map((p) => [p.name, values[p.in][p.name]]));
  lines.push(`var params ${type}`, `err = json.Unmarshal([]byte(${string(JSON.stringify(object))}), &params)`);
  return ['&params'];
}

/** Returns the argument for a filter or a condition; list reports whether the method iterates over documents. */
function filterOf(shape, value) {
  if (typeof value === 'string') throw new Error('not JSON');
  if (!shape || (!shape.bare && !shape.conditions)) return { argument: [], left: Object.keys(value ?? {}) };
  const type = shape.resource;
  if (shape.bare) return { argument: [isEmpty(value) ? `client.Where[client.${type}]{}` : condition(shape, value)], left: [] };
  const { where, order, limit, ...left } = value ?? {};
  const members = [
    ...(isEmpty(where) ? [] : [`Where: ${condition(shape, where)}`]),
    ...(isEmpty(order) ? [] : [`Order: ${orderOf(shape, order)}`]),
    ...(limit === undefined ? [] : [`Limit: ${Number(limit)}`]),
  ];
  return { list: true, argument: [`client.${type}Filter{${members.join(', ')}}`], left: Object.keys(left) };
}

const isEmpty = (value) => value === undefined || Object.keys(value).length === 0;

function condition(shape, where) {
  const all = Object.entries(where).flatMap(([name, value]) => {
    if (['and', 'or', 'nor'].includes(name)) return [`client.${exported(name)}(${value.map((part) => condition(shape, part)).join(', ')})`];
    const property = `client.${shape.resource}Where.${exported(name)}`;
    const compared = value !== null && typeof value === 'object' ? Object.entries(value) : [['eq', value]];
    return compared.map(([operator, operand]) => {
      const { type } = operatorAt(shape, name, operator);
      if (operand === null) return `${property}.${{ eq: 'IsNull', neq: 'IsNotNull' }[operator]}()`;
      return `${property}.${methods[operator]}(${[operand].flat().map((each) => scalar(type, each)).join(', ')})`;
    });
  });
  return all.length === 1 ? all[0] : `client.And(${all.join(', ')})`;
}

function orderOf(shape, order) {
  const keys = keysOf(shape, order).map(({ property, direction }) => `client.${shape.resource}Order.${exported(property)}.${direction === 'DESC' ? 'Desc' : 'Asc'}()`);
  return keys.reduce((first, next) => `${first}.Then(${next})`);
}

/** Returns a struct if the values are simple, else a variable that lines decode. */
function bodyOf(contract, operation, { media = 'application/json', body }, lines) {
  const { name, schema } = resolve(contract, operation.requestBody.content[media].schema);
  if (!name || !/[/+]json$|urlencoded$/.test(media)) throw new Error('not a type of the client');
  const members = Object.entries(body).map(([key, value]) => {
    const property = resolve(contract, schema.properties[key]).schema;
    const type = property.format === 'date-time' ? 'date' : property.type;
    const simple = ['string', 'boolean', 'integer', 'number', 'date'].includes(type) && !property.enum;
    return simple && `${exported(key)}: ${schema.required?.includes(key) ? scalar(type, value) : `new(${scalar(type, value)})`}`;
  });
  if (members.every(Boolean)) return `client.${name}{${members.join(', ')}}`;
  lines.push(`var body client.${name}`, `err = json.Unmarshal([]byte(${string(JSON.stringify(body))}), &body)`);
  return 'body';
}

function scalar(type, value) {
  if (value === null || typeof value === 'object') throw new Error('not simple');
  if (type === 'boolean' || type === 'integer' || type === 'number') return String(value);
  return type === 'date' ? time(value) : string(value);
}

function time(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Error('no date');
  const parts = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  const milliseconds = at.getUTCMilliseconds();
  return `time.Date(${parts.join(', ')}, ${milliseconds ? `${milliseconds}e6` : 0}, time.UTC)`;
}

/** A Go string: raw where JSON's quotes would be in the way. */
const string = (text) => (/["\\]/.test(text) && !/[`\r]/.test(text) ? `\`${text}\`` : JSON.stringify(String(text)));

/** The Go name of a name in the contract. */
const exported = (name) => name.split(/[_.-]/).map((word) => (initialisms.has(word.toUpperCase()) ? word.toUpperCase() : word[0].toUpperCase() + word.slice(1))).join('');
