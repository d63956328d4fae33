/** Questions before an action, in a dialog of their own. Each resolves with what was entered, or undefined. */
import { CallError } from './api.js';
import { button, el, fill } from './element.js';
import { REASONS, reference } from './words.js';

const dialog = document.getElementById('ask');

/** Shows a form; resolves with what `read` makes of it when it is sent, with undefined when it is called off. */
function ask(title, verb, style, read, ...parts) {
  return new Promise((resolve) => {
    let result;
    const form = el(
      'form',
      {
        method: 'dialog',
        onsubmit: () => {
          result = read();
        },
      },
      el('h2', { id: 'ask-title' }, title),
      parts,
      el(
        'p',
        { class: 'buttons' },
        el('button', { class: style, type: 'submit' }, verb),
        button('Cancel', () => dialog.close()),
      ),
    );
    fill(dialog, form);
    dialog.addEventListener('close', () => resolve(result), { once: true });
    dialog.showModal();
  });
}

function field(id, label, input, hint) {
  return el(
    'div',
    { class: 'field' },
    el('label', { for: id }, label),
    hint && el('p', { class: 'quiet', id: `${id}-hint` }, hint),
    input,
  );
}

/** Why a finding is closed. */
export function askReason(name) {
  const reason = el(
    'select',
    { id: 'reason' },
    Object.entries(REASONS).flatMap(([value, word]) =>
      value === 'false-alarm' ? [] : [el('option', { value }, word)],
    ),
  );
  const note = el('textarea', { id: 'note', rows: '3', maxlength: '500' });
  return ask(
    `Close the case of ${name}?`,
    'Close it',
    'primary',
    () => ({ reason: reason.value, note: note.value }),
    field('reason', 'Reason', reason),
    field('note', 'Note', note, 'Stays with the finding. No passwords, no codes.'),
  );
}

/** That it was nothing. */
export function askFalseAlarm(name) {
  const note = el('textarea', { id: 'note', rows: '3', maxlength: '500', required: true });
  return ask(
    `False alarm about ${name}?`,
    'It was a false alarm',
    'primary',
    () => ({ note: note.value }),
    el('p', {}, 'It is closed, counts in no number any more, and is kept as a case from which rules are made better.'),
    field('note', 'What was it really?', note, 'As: the owner, travelling, with a new phone.'),
  );
}

/** That sessions are to end. */
export function askRevoke(name, { id, account }) {
  const sure = el('input', { type: 'checkbox', id: 'sure', required: true });
  return ask(
    `End all sessions of ${name}?`,
    'End sessions and require a new password',
    'danger',
    () => (sure.checked ? { confirm: id } : undefined),
    el(
      'p',
      {},
      `${account ?? 'The account'} is signed out everywhere, and the next sign-in asks for a new password. The person needs the old one for that: whoever knows it can set a new one, too. So do it while you speak with the person, on a number that you knew before.`,
    ),
    el('p', {}, el('label', {}, sure, ` I want this for ${name}, and it is noted under my name.`)),
  );
}

/** What the person says on the phone. `askPair`: asks for the number of the pair to be read out. */
export function askAnswer(name, references, askPair) {
  const select = el(
    'select',
    { id: 'reference' },
    references.map((one) => el('option', { value: one }, reference(one))),
  );
  const words = el('input', { id: 'words', type: 'text', autocomplete: 'off', maxlength: '80' });
  const pair = el('p', { role: 'status', class: 'said' });
  const radio = (value, text, checked) =>
    el(
      'p',
      {},
      el('label', {}, el('input', { type: 'radio', name: 'answer', value, checked, required: true }), ` ${text}`),
    );
  const askFor = async () => {
    try {
      fill(pair, (await askPair(select.value)).said);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      fill(pair, [error.message, ...error.changed].join(' '));
    }
  };
  return ask(
    `What does ${name} say?`,
    'Take the answer',
    'primary',
    () => {
      const answer = dialog.querySelector('input[name=answer]:checked')?.value;
      return answer && { reference: select.value, answer, ...(words.value.trim() && { words: words.value.trim() }) };
    },
    field('reference', 'Reference that they read out', select),
    el(
      'fieldset',
      {},
      el('legend', {}, 'Was it them?'),
      radio('not-me', 'No, it was not me', false),
      radio('me', 'Yes, it was me', false),
    ),
    el('p', {}, button('Ask for a pair of the card', askFor)),
    pair,
    field(
      'words',
      'The two words that they read out',
      words,
      'With the right ones the case of the person is closed. Each pair is asked for once.',
    ),
  );
}
