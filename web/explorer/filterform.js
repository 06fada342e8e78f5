// The form that writes a filter.

import { blank, operatorAt, read, write } from './filter.js';

const says = {
  eq: 'is', neq: 'is not', gt: '>', gte: '≥', lt: '<', lte: '≤', between: 'between', inq: 'is one of', nin: 'is none of',
  like: 'is like', nlike: 'is not like', ilike: 'is like, any case', nilike: 'is not like, any case', regexp: 'matches', exists: 'exists',
};
const hints = { like: '%part%', nlike: '%part%', ilike: '%part%', nilike: '%part%', regexp: '^Go|Rust$' };

/** Returns a component for a filter's shape, its text, and a function to be called with the text whenever the form changes. */
export function makeFilterForm({ createElement: h, useState }) {
  return function FilterForm({ shape, text, onChange, label }) {
    const [form, setForm] = useState({ state: undefined, text: undefined });
    // Text that the form did not write comes from the field beside it, or is the contract's example.
    const state = form.text === text && form.state ? form.state : read(shape, text);

    function change(part) {
      const next = { ...(state ?? blank()), ...part }, written = write(shape, next);
      setForm({ state: next, text: written });
      onChange(written);
    }

    if (!state) {
      return h('div', { className: 'filter-form' },
        h('p', null, `The ${label} contains more than the form can show. `, button('Start again with the form', () => change({}))));
    }
    return h('div', { className: 'filter-form', role: 'group', 'aria-label': `Form for ${label}` },
      shape.conditions && conditions(shape, state, change),
      shape.order && orders(shape, state, change),
      (shape.limit || shape.skip) && group('Page', shape.limit && count('limit', shape.limit), shape.skip && count('skip', shape.skip)),
      shape.fields && group('Send', shape.fields.map((name) => h('label', { key: name },
        h('input', {
          type: 'checkbox', checked: state.fields.includes(name),
          onChange: (event) => change({ fields: shape.fields.filter((each) => (each === name ? event.target.checked : state.fields.includes(each))) }),
        }), ` ${name}`)), state.fields.length === 0 && h('span', { className: 'filter-hint' }, 'none chosen: all')));

    function count(name, { minimum, maximum, default: standard }) {
      return h('label', null, `${name} `, h('input', {
        type: 'number', min: minimum, max: maximum, placeholder: standard, value: state[name], 'data-part': name,
        onChange: (event) => change({ [name]: event.target.value }),
      }));
    }
  };

  function conditions(shape, { match, rows }, change) {
    const replace = (index, row) => change({ rows: rows.with(index, row) });
    const first = shape.conditions[0];
    return group('Where',
      rows.length > 1 && h('label', null, 'match ', choose('Match', match, [['all', 'all of these'], ['any', 'any of these']], (value) => change({ match: value }))),
      rows.map((row, index) => h('div', { className: 'filter-row', key: index },
        choose('Property', row.property, shape.conditions.map(({ name }) => [name, name]), (property) => replace(index, fit(shape, { ...row, property }))),
        choose('Operator', row.operator, operatorsOf(shape, row).map(({ name }) => [name, says[name] ?? name]), (operator) => replace(index, fit(shape, { ...row, operator }))),
        operands(shape, row, (operand) => replace(index, { ...row, operand })),
        button('✕', () => change({ rows: rows.toSpliced(index, 1) }), `Remove the condition on ${row.property}`))),
      button('Add a condition', () => change({ rows: [...rows, fit(shape, { property: first.name, operator: first.operators[0].name, operand: [''] })] })));
  }

  function orders(shape, { order }, change) {
    return group('Order',
      order.map((key, index) => h('div', { className: 'filter-row', key: index },
        choose('Order by', key.property, shape.order.map((name) => [name, name]), (property) => change({ order: order.with(index, { ...key, property }) })),
        choose('Direction', key.direction, [['ASC', 'ascending'], ['DESC', 'descending']], (direction) => change({ order: order.with(index, { ...key, direction }) })),
        button('✕', () => change({ order: order.toSpliced(index, 1) }), `Remove the order by ${key.property}`))),
      button('Add an order', () => change({ order: [...order, { property: shape.order[0], direction: 'ASC' }] })));
  }

  function operands(shape, { property, operator, operand }, onChange) {
    const { type, many } = operatorAt(shape, property, operator);
    const one = (value, set, name) => {
      if (type === 'boolean') return choose(name, value, [['', '…'], ['true', 'true'], ['false', 'false']], set);
      const shared = { 'aria-label': name, onChange: (event) => set(event.target.value) };
      if (many === 'list') return h('textarea', { ...shared, rows: 3, placeholder: 'one a line', value });
      if (type === 'date') return h('input', { ...shared, type: 'datetime-local', step: 'any', value: toLocal(value), onChange: (event) => set(fromLocal(event.target.value)) });
      return h('input', { ...shared, type: type === 'string' ? 'text' : 'number', placeholder: hints[operator], value });
    };
    if (many !== 'pair') return one(operand[0], (value) => onChange([value]), 'Value');
    return h('span', { className: 'filter-pair' },
      one(operand[0], (value) => onChange([value, operand[1]]), 'Least'), ' and ', one(operand[1], (value) => onChange([operand[0], value]), 'Most'));
  }

  function group(legend, ...content) {
    return h('div', { className: 'filter-part', role: 'group', 'aria-label': legend },
      h('span', { className: 'filter-legend' }, legend), h('div', { className: 'filter-content' }, ...content));
  }

  function choose(name, value, options, onChange) {
    return h('select', { 'aria-label': name, value, onChange: (event) => onChange(event.target.value) },
      options.map(([key, text]) => h('option', { key, value: key }, text)));
  }

  function button(text, onClick, name) {
    return h('button', { type: 'button', className: 'small-button', onClick, 'aria-label': name, title: name }, text);
  }
}

const operatorsOf = (shape, { property }) => shape.conditions.find(({ name }) => name === property).operators;

/** A row whose operator its property has, with as many operands as that takes; operands of another type are dropped. */
function fit(shape, { property, operator, operand }) {
  const operators = operatorsOf(shape, { property });
  const { name, many, type } = operators.find((each) => each.name === operator) ?? operators[0];
  const kept = operand.map((text) => (type === 'string' ? text : ''));
  return { property, operator: name, operand: many === 'pair' ? [kept[0], kept[1] ?? ''] : [kept[0]] };
}

// An instant is in UTC in the text and in the reader's time in the form.
function toLocal(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? '' : new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
}

function fromLocal(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
