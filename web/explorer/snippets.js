// The request of an operation in a language of choice.

import { go } from './go.js';
import { curl, requestOf, typescript } from './request.js';

const key = 'explorer.language';
const languages = ['curl', 'Go', 'TypeScript'];

/** Returns a component for an operation, by path and method, that follows what is entered. */
export function makeSnippets(contract, system) {
  const { createElement: h, useState, useSyncExternalStore } = system.React;
  const store = system.getStore();

  return function Snippets({ path, method }) {
    const [language, choose] = useState(() => (languages.includes(localStorage.getItem(key)) ? localStorage.getItem(key) : languages[0]));
    const [copied, setCopied] = useState('');
    const text = useSyncExternalStore(store.subscribe, () => write(contract, language, requestOf(contract, system, path, method)));

    return h('div', { className: 'snippets' },
      h('div', { className: 'snippets-bar', role: 'group', 'aria-label': 'This request' },
        h('span', null, 'This request in'),
        languages.map((name) => h('button', {
          key: name, type: 'button', className: 'small-button', 'aria-pressed': name === language,
          onClick: () => { localStorage.setItem(key, name); choose(name); },
        }, name)),
        h('button', {
          type: 'button', className: 'small-button', onClick: () => navigator.clipboard?.writeText(text).then(() => setCopied(text)),
        }, copied === text ? 'Copied' : 'Copy')),
      h('pre', { tabIndex: 0, 'aria-label': `This request in ${language}` }, text));
  };
}

function write(contract, language, request) {
  if (language === 'Go') return go(contract, request);
  return language === 'curl' ? curl(request) : typescript(request);
}
