/** Elements from text. Whatever comes from a log becomes a text node: no function here makes markup of a string. */
import { visible } from './vendor/shape.js';

/**
 * An element. Children are elements, texts, and `undefined`, `false` or empty for nothing.
 * @param {string} name
 * @param {Record<string, unknown>} attributes `on…` are listeners, true sets an empty attribute, false and undefined none
 * @param {...unknown} children
 */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    if (typeof value === 'function') made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : visible(String(value)));
  }
  made.append(...texts(children));
  return made;
}

function texts(children) {
  return children
    .flat(Number.POSITIVE_INFINITY)
    .filter((child) => child !== undefined && child !== null && child !== false && child !== '')
    .map((child) => (child instanceof Node ? child : visible(String(child))));
}

/** Puts children in the place of what is there; the element that had the focus gets it back if its `data-key` is still there. */
export function fill(id, ...children) {
  const place = typeof id === 'string' ? document.getElementById(id) : id;
  const active = document.activeElement;
  const key = place.contains(active) ? active?.closest('[data-key]')?.getAttribute('data-key') : undefined;
  const open = new Set([...place.querySelectorAll('details[open][data-key]')].map((one) => one.dataset.key));
  place.replaceChildren(...texts(children));
  for (const one of place.querySelectorAll('details[data-key]')) if (open.has(one.dataset.key)) one.open = true;
  if (key) [...place.querySelectorAll('[data-key]')].find((one) => one.dataset.key === key)?.focus();
}

/** A button. */
export function button(text, onclick, attributes = {}) {
  return el('button', { type: 'button', onclick, ...attributes }, text);
}

/** A mark of a shape and a word, so that color is never alone. */
export function badge(kind, word, shape) {
  return el('span', { class: `badge ${kind}` }, el('span', { 'aria-hidden': 'true', class: 'shape' }, shape), word);
}
