// What a form needs to know about a filter, from the contract's schemas; and a form's state as the text of a filter and back.

import { resolve } from './contract.js';

/**
 * What can be said in the parameter, {conditions, fields, order, limit, skip}, each undefined when the schema does not have it;
 * bare says that the text is the condition itself. Undefined when the parameter is not a filter.
 */
export function shapeOf(contract, parameter) {
  const reference = parameter.content?.['application/json']?.schema;
  const { name, schema: { properties = {} } } = resolve(contract, reference);
  const bare = Boolean(properties.and && properties.or);
  if (!/(Filter|Where)$/.test(name) || (!bare && !properties.where && !properties.fields)) return undefined;
  const where = bare ? properties : resolve(contract, properties.where).schema.properties;
  const names = where && Object.keys(where).filter((key) => !['and', 'or', 'nor'].includes(key));
  return {
    bare,
    resource: name.replace(/(Fields)?Filter$|Where$/, ''),
    conditions: names?.map((key) => ({ name: key, operators: operatorsOf(contract, where[key]) })),
    fields: properties.fields && Object.keys(variant(contract, properties.fields, 'object').properties),
    order: properties.order && orderable(contract, properties.order, names),
    limit: properties.limit,
    skip: properties.skip,
  };
}

/** The operators of a property, with what they are compared to: {name, type, many}, many being 'list', 'pair' or nothing. */
function operatorsOf(contract, condition) {
  const { properties } = variant(contract, condition, 'object');
  return Object.entries(properties).map(([name, operand]) => {
    let { schema } = resolve(contract, operand);
    const many = schema.type === 'array' ? (schema.maxItems === 2 ? 'pair' : 'list') : '';
    if (many) schema = resolve(contract, schema.items).schema;
    return { name, many, type: schema.format === 'date-time' ? 'date' : schema.type };
  });
}

function variant(contract, schema, type) {
  const whole = resolve(contract, schema).schema;
  return (whole.oneOf ?? [whole]).map((part) => resolve(contract, part).schema).find((part) => part.type === type) ?? { properties: {} };
}

function orderable(contract, schema, names) {
  const pattern = new RegExp(variant(contract, schema, 'string').pattern);
  return names.filter((name) => pattern.test(name));
}

/** A form that says nothing. */
export const blank = () => ({ match: 'all', rows: [], fields: [], order: [], limit: '', skip: '' });

/** The text of a filter that says what the form does. Rows that are not complete are left out. */
export function write(shape, { match, rows, fields, order, limit, skip }) {
  const where = whereOf(match, rows.filter((row) => row.operand.every((text) => text !== '')).map((row) => clauseOf(shape, row)));
  if (shape.bare) return JSON.stringify(where ?? {});
  return JSON.stringify({
    where,
    fields: fields.length ? fields : undefined,
    order: order.length ? order.map(({ property, direction }) => `${property} ${direction}`).join(', ') : undefined,
    limit: limit === '' ? undefined : Number(limit),
    skip: skip === '' ? undefined : Number(skip),
  });
}

function clauseOf(shape, { property, operator, operand }) {
  const { type, many } = operatorAt(shape, property, operator);
  const values = (many === 'list' ? operand[0].split('\n').filter((line) => line !== '') : operand).map((text) => valueOf(type, text));
  const value = many ? values : values[0];
  return { [property]: operator === 'eq' ? value : { [operator]: value } };
}

const valueOf = (type, text) => ({ boolean: () => text === 'true', number: () => Number(text), integer: () => Number(text) })[type]?.() ?? text;

function whereOf(match, clauses) {
  if (clauses.length < 2) return clauses[0];
  if (match === 'any') return { or: clauses };
  const properties = new Set(clauses.flatMap(Object.keys));
  return properties.size === clauses.length ? Object.assign({}, ...clauses) : { and: clauses };
}

/** The form's state for the text of a filter; undefined when the form cannot show all of it. */
export function read(shape, text) {
  try {
    const filter = text ? JSON.parse(text) : {};
    if (filter.constructor !== Object) return undefined;
    const { where, fields = [], order = '', limit = '', skip = '', ...rest } = shape.bare ? { where: filter } : filter;
    if (Object.keys(rest).length || !Array.isArray(fields)) return undefined;
    const conditions = rowsOf(shape, where ?? {});
    return conditions && { ...conditions, fields, order: keysOf(shape, order), limit: String(limit), skip: String(skip) };
  } catch {
    return undefined; // not JSON, or not a filter
  }
}

/** An order's keys; throws when the contract does not have one. */
export function keysOf(shape, order) {
  return [order].flat().join(',').split(',').map((key) => key.trim()).filter(Boolean).map((key) => {
    const [property, direction = 'ASC'] = key.split(/\s+/);
    if (!shape.order?.includes(property)) throw new Error('not in the contract');
    return { property, direction: direction.toUpperCase() };
  });
}

function rowsOf(shape, where) {
  const { and, or, ...plain } = where;
  if (or && !and && !Object.keys(plain).length) return { match: 'any', rows: or.flatMap((clause) => only(rows(shape, clause))) };
  return or ? undefined : { match: 'all', rows: [...rows(shape, plain), ...(and ?? []).flatMap((clause) => rows(shape, clause))] };
}

function only(rows) {
  if (rows.length !== 1) throw new Error('nested');
  return rows;
}

function rows(shape, clause) {
  return Object.entries(clause).flatMap(([property, condition]) => {
    const operators = condition !== null && typeof condition === 'object' ? Object.entries(condition) : [['eq', condition]];
    return operators.map(([operator, value]) => ({ property, operator, operand: operandOf(operatorAt(shape, property, operator), value) }));
  });
}

function operandOf({ many }, value) {
  const values = [value].flat();
  if (!values.length || values.some((each) => each === null || each === '' || String(each).includes('\n'))) throw new Error('not for the form');
  if (many === 'list') return [values.map(String).join('\n')];
  return values.map(String);
}

/** A property's operator; throws when the contract does not have it. */
export function operatorAt(shape, property, operator) {
  const found = shape.conditions?.find(({ name }) => name === property)?.operators.find(({ name }) => name === operator);
  if (!found) throw new Error('not in the contract');
  return found;
}
