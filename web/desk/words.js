/** Words and numbers of the page. Times are UTC, as in the logs. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const OUTCOMES = {
  compromised: { word: 'Compromised', shape: '■', title: 'Somebody got in' },
  attacked: { word: 'Attacked', shape: '▲', title: 'Somebody tried to get in' },
  identified: { word: 'Identified', shape: '●', title: 'Somebody looked up the recovery options' },
};

export const STATUSES = { open: 'Nobody on it yet', acknowledged: 'Being worked on', closed: 'Closed' };

export const REASONS = {
  handled: 'Dealt with, together with the person',
  'with-others': 'Handed over to somebody else',
  test: 'A test or a drill',
  'no-action': 'Nothing has to be done',
  'false-alarm': 'False alarm',
};

export const CHANNEL_WHY = {
  'affected-mailbox': 'the attacker may read it: mailbox of the attacked account',
  'received-verification': 'the attacker may read it: a code was sent there',
  'added-lately': 'added lately: may be the attacker’s',
  replaced: 'was replaced',
  'last-delivery-failed': 'the last notice did not arrive',
  'proof-expired': 'was proven too long ago',
  unproven: 'was never proven',
  lost: 'cannot be used any more',
  'not-allowed': 'the safety plan forbids it',
  'no-transport': 'nothing is set up to send it',
  'long-replaced': 'was replaced long ago',
};

/** How far word has got, as [word, details, shape, class]. */
export function reachWords({ kind, notices, delivered, answer, at }) {
  const when = at ? `, ${time(at)}` : '';
  switch (kind) {
    case 'answered':
      return answer === 'not-me'
        ? ['Answered: it was not me', when, '!', 'alarm']
        : ['Answered: it was me', when, '✓', 'good'];
    case 'delivered':
      return ['Reached', `: ${delivered} of ${plural(notices, 'notice')} arrived${when}`, '✓', 'good'];
    case 'sent':
      return ['Sent, not known to have arrived', when, '…', 'unsure'];
    case 'waiting':
      return ['Notice is waiting to be sent', '', '…', 'unsure'];
    case 'failed':
      return ['Not reached', ': no notice could be delivered', '✕', 'alarm'];
    case 'dry-run':
      return ['Nobody told', ': dry run', '–', 'unsure'];
    default:
      return ['Nobody told', '', '✕', 'alarm'];
  }
}

/** `2,700` */
export function count(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 notice`, `2 notices` */
export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `26 Nov, 09:14` (UTC) */
export function time(iso) {
  return `${day(iso)}, ${clock(iso)}`;
}

/** `26 Nov` (UTC) */
export function day(iso) {
  return `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1]}`;
}

/** `09:14` (UTC) */
export function clock(iso) {
  return iso.slice(11, 16);
}

/** `26 Nov, 09:14 to 09:41` */
export function period(first, last) {
  if (first.slice(0, 16) === last.slice(0, 16)) return time(first);
  return first.slice(0, 10) === last.slice(0, 10)
    ? `${time(first)} to ${clock(last)}`
    : `${time(first)} to ${time(last)}`;
}

/** `3 hours ago`, as seen from `now`. */
export function ago(iso, now) {
  const minutes = Math.max(0, Math.round((Date.parse(now) - Date.parse(iso)) / 60_000));
  if (minutes < 2) return 'just now';
  if (minutes < 120) return `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours ago` : `${Math.round(hours / 24)} days ago`;
}

/** `K7Q4-9M2X` */
export function reference(text) {
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

/** `2026Q4` of an instant. */
export function quarterOf(iso) {
  return `${iso.slice(0, 4)}Q${Math.floor((Number(iso.slice(5, 7)) - 1) / 3) + 1}`;
}
