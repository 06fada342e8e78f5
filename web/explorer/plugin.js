// Extends Swagger UI: a form below each filter, and the request in several languages below Execute.

import { operationAt } from './contract.js';
import { shapeOf } from './filter.js';
import { makeFilterForm } from './filterform.js';
import { makeSnippets } from './snippets.js';

/** Returns a plugin for the contract. */
export function plugin(contract) {
  return (system) => {
    const { createElement: h, Fragment } = system.React;
    const FilterForm = makeFilterForm(system.React);
    const Snippets = makeSnippets(contract, system);
    return {
      statePlugins: {
        // Swagger UI's own way of going to a link would leave the operation's name below the bar.
        layout: { wrapActions: { scrollToElement: () => (element) => { element.scrollIntoView(); } } },
      },
      wrapComponents: {
        parameterRow: (Original) => (props) => {
          const { pathMethod, rawParam, isExecute, onChange, specSelectors } = props;
          const parameter = operationAt(contract, ...pathMethod).parameters.find((p) => p.name === rawParam.get('name') && p.in === rawParam.get('in'));
          const shape = isExecute && parameter && shapeOf(contract, parameter);
          return h(Fragment, null,
            h(Original, props),
            shape && h('tr', { className: 'filter-form-row' }, h('td', { colSpan: 2 }, h(FilterForm, {
              shape, label: parameter.name,
              text: specSelectors.parameterWithMetaByIdentity(pathMethod, rawParam).get('value') ?? '',
              onChange: (text) => onChange(rawParam, text, false),
            }))));
        },
        responses: (Original) => (props) => h(Fragment, null, h(Snippets, { path: props.path, method: props.method }), h(Original, props)),
        DeepLink: () => ({ text }) => h('span', null, text), // a link in a button is neither; the address bar has it
        ServersContainer: () => () => null, // this page's server is the only one
        curl: () => () => null, // it would show the token; the snippets replace it
      },
    };
  };
}
