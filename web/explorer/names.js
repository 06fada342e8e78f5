// Accessible names for controls of Swagger UI that have none.

const names = {
  '.body-param__text': 'Request body',
  'tr[data-param-name] > .parameters-col_description textarea': 'Value of the parameter',
  'tr[data-param-name] > .parameters-col_description > select': 'Value of the parameter',
  '.examples-select-element': 'Example',
  '.copy-to-clipboard > button': 'Copy',
  '.close-modal': 'Close',
};

/** Names the controls in the element, including later ones. */
export function nameControls(element) {
  const name = () => {
    for (const [selector, text] of Object.entries(names)) {
      for (const control of element.querySelectorAll(`${selector}:not([aria-label])`)) control.setAttribute('aria-label', text);
    }
  };
  new MutationObserver(name).observe(element, { childList: true, subtree: true });
}
