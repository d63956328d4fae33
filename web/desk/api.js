/** The API as the page calls it. Answers that do not fit their shape are refused like answers that never came. */
import {
  ACTION_HEADER,
  Cases,
  Detail,
  Done,
  FindingsPage,
  OverviewReply,
  Refusal,
  State,
  TrailPage,
} from './vendor/shape.js';

/** Why a call did not work. `ended`: the session is over. `changed`: what is different from what was seen. */
export class CallError extends Error {
  constructor(kind, message, changed = []) {
    super(message);
    this.kind = kind;
    this.changed = changed;
  }
}

const ENDED = 'Your session has ended, or your role was taken away. What is shown below may be out of date.';

async function call(path, shape, options = {}) {
  let response;
  try {
    // A sign-in that has run out answers with a redirect to another site, which must not be followed from here.
    response = await fetch(`desk/api/${path}`, { redirect: 'manual', credentials: 'same-origin', ...options });
  } catch {
    throw new CallError('away', 'The desk cannot be reached. Is the app running?');
  }
  if (response.type === 'opaqueredirect' || response.status === 401 || response.status === 403)
    throw new CallError('ended', ENDED);
  if (response.status === 304) return { same: true };
  const json = await response.json().catch(() => undefined);
  if (!response.ok) {
    const { data } = Refusal.safeParse(json);
    const kind = response.status === 409 ? 'conflict' : 'refused';
    throw new CallError(kind, data?.error ?? `The desk answered ${response.status}.`, data?.changed);
  }
  const parsed = shape.safeParse(json);
  if (!parsed.success) throw new CallError('refused', 'The desk answered in a way this page does not know. Reload it.');
  return { value: parsed.data, etag: response.headers.get('etag') ?? undefined };
}

const query = (values) =>
  new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined)).toString();
const filterOf = ({ outcomes, statuses }) => ({ outcome: outcomes.join(','), status: statuses.join(',') });

export const getState = (filter, etag) =>
  call(`state?${query(filterOf(filter))}`, State, etag ? { headers: { 'if-none-match': etag } } : {});
export const getFindings = (filter, after) => call(`findings?${query({ ...filterOf(filter), after })}`, FindingsPage);
export const getFinding = (person, id) => call(`finding?${query({ person, id })}`, Detail);
export const getOverview = () => call('overview', OverviewReply);
export const getTrail = (before) => call(`trail?${query({ before })}`, TrailPage);
export const getCases = () => call('cases', Cases);
export const reportAddress = (quarter, format) => `desk/api/report?${query({ quarter, format })}`;
export const caseAddress = (id, people) => `desk/api/case?${query({ id, people: people ? '1' : undefined })}`;

export const act = async (action) => {
  const headers = { 'content-type': 'application/json', [ACTION_HEADER]: '1' };
  return (await call('actions', Done, { method: 'POST', headers, body: JSON.stringify(action) })).value;
};
