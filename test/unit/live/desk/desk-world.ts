/** The desk over the small world of notices: people who are attacked, told and answer, and officers who look on. */
import { handleDesk } from '../../../../src/live/desk/api.ts';
import type { DeskPorts, WatchState } from '../../../../src/live/desk/desk-ports.ts';
import type { Detail, State } from '../../../../src/live/desk/shape.ts';
import { createFindings } from '../../../../src/live/findings.ts';
import { createTasks } from '../../../../src/live/inbox.ts';
import { appendTrail, readTrail, type TrailEntry } from '../../../../src/live/trail.ts';
import type { WebReply, WebRequest } from '../../../../src/live/web.ts';
import type { EnrolledPerson } from '../../../../src/model/enrolled-person.ts';
import type { Graph } from '../../../../src/ports.ts';
import { person } from '../../notify/plan-situation.ts';
import { createWorld, type World } from '../notices/world.ts';

/** Nothing is blind. */
export const SEEING: WatchState = { gaps: [], rules: [], sources: [], timers: [], settings: [] };

export interface DeskWorldOptions {
  readonly people?: readonly EnrolledPerson[];
  readonly settings?: Readonly<Record<string, string>>;
  /** What Graph does; the calls are noted. */
  readonly graph?: (call: string) => void;
}

/** Headers that the page sends with an action. */
export const OWN_PAGE = {
  'content-type': 'application/json',
  'x-postern-desk': '1',
  'sec-fetch-site': 'same-origin',
  origin: 'https://postern.example',
  host: 'postern.example',
} as const;

export async function createDeskWorld({ people = [person()], settings, graph }: DeskWorldOptions = {}) {
  const world: World = await createWorld({ people, ...(settings && { settings }) });
  const { rows, clock } = world;
  const calls: { readonly call: string; readonly body: unknown }[] = [];
  let watch: WatchState | Error = SEEING;
  let nonce = 0;

  async function toGraph(method: string, path: string, body?: unknown) {
    calls.push({ call: `${method} ${path}`, body });
    graph?.(`${method} ${path}`);
    return {};
  }
  const noPages: Graph['pages'] = () => {
    throw new TypeError('the desk reads no pages');
  };

  /** The desk as one officer has it. */
  function portsOf(actor: string): DeskPorts {
    return {
      ...{ rows, clock, actor },
      settings: world.ports.settings,
      findings: createFindings(rows),
      tasks: createTasks(rows),
      people: world.people.current,
      answers: async () => world.answers,
      graph: async () => ({
        pages: noPages,
        get: (path) => toGraph('GET', path),
        post: (path, body) => toGraph('POST', path, body),
        patch: (path, body) => toGraph('PATCH', path, body),
        delete: async (path) => void (await toGraph('DELETE', path)),
        load: () => 0,
      }),
      watchState: async () => {
        if (watch instanceof Error) throw watch;
        return watch;
      },
      sendable: async () => new Set(['email', 'sms'] as const),
      note: (...entries) => {
        const at = clock.now();
        const own = entries.map((entry) => ({ at, actor, ...entry }));
        return appendTrail(rows, own, String(nonce++).padStart(8, '0'));
      },
    };
  }

  async function ask(
    actor: string,
    path: string,
    more: Partial<WebRequest> & { readonly sent?: Readonly<Record<string, string>>; readonly body?: string } = {},
  ): Promise<WebReply> {
    const url = new URL(`https://postern.example/api/desk/api/${path}`);
    const request: WebRequest = {
      method: more.method ?? 'GET',
      url: url.href,
      headers: { get: (name) => more.sent?.[name.toLowerCase()] ?? null },
      query: url.searchParams,
      params: {},
      text: async () => more.body ?? '',
    };
    return handleDesk(request, url.pathname.replace('/api/desk/api/', ''), portsOf(actor));
  }

  return {
    ...world,
    calls,
    portsOf,
    ask,
    /** What the watch says of itself from now on. */
    setWatch: (next: WatchState | Error) => {
      watch = next;
    },
    state: async (actor = 'o_ada', path = 'state') => json<State>(await ask(actor, path)),
    detail: async (actor: string, id: string, who = 'p_jane') =>
      json<Detail>(await ask(actor, `finding?person=${who}&id=${id}`)),
    act: (actor: string, action: unknown, sent: Readonly<Record<string, string>> = OWN_PAGE) =>
      ask(actor, 'actions', { method: 'POST', body: JSON.stringify(action), sent }),
    async trail(): Promise<TrailEntry[]> {
      const all: TrailEntry[] = [];
      for await (const entry of readTrail(rows, new Date(clock.now().getTime() - 40 * 86_400_000), clock.now()))
        all.push(entry);
      return all;
    },
  };
}
export type DeskWorld = Awaited<ReturnType<typeof createDeskWorld>>;

/** The body of a reply. */
export function json<T = Record<string, unknown>>({ body }: WebReply): T {
  return JSON.parse(body ?? 'null') as T;
}
