/** The desk, put together from clients: who may, the files of the page, the API. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Actor } from '../live/authorize.ts';
import type { DeskPorts, WatchState } from '../live/desk/desk-ports.ts';
import type { HealthPorts } from '../live/health-report.ts';
import type { NoticePorts } from '../live/notice-ports.ts';
import type { WebReply, WebRequest } from '../live/web.ts';
import type { Clients } from './clients.ts';
import type { Reading } from './reading.ts';

/** What the desk takes from the other stories. */
export interface DeskDeps {
  readonly clients: Clients;
  readonly reading: Reading;
  readonly notices: () => Promise<NoticePorts>;
  readonly health: () => Promise<HealthPorts>;
}

/** How long what the watch says of itself is kept: compiling and reading it takes longer than an answer may. */
const WATCH_STATE_MS = 15_000;

/** Files stand two folders above the code, from sources as from the bundle. */
async function readDeskFile(name: string): Promise<string | undefined> {
  return readFile(new URL(`../../web/desk/${name}`, import.meta.url), 'utf8').catch(() => undefined);
}

/** Answers requests of somebody who may. */
export function createDesk(deps: DeskDeps): (request: WebRequest, actor: Actor) => Promise<WebReply> {
  const watchState = createWatchState(deps);
  return async (request, actor) => {
    const path = request.params.path ?? '';
    const [{ deskFile, deskRedirect }, { handleDesk }] = await Promise.all([
      import('../live/desk/page.ts'),
      import('../live/desk/api.ts'),
    ]);
    if (path.startsWith('api/')) return handleDesk(request, path.slice(4), await portsOf(deps, actor, watchState));
    if (path === '') {
      const redirect = deskRedirect(request, actor.id === 'key');
      if (redirect) return redirect;
    }
    return deskFile(request, path, readDeskFile);
  };
}

async function portsOf(
  { clients, reading, notices }: DeskDeps,
  { id: actor }: Actor,
  watchState: () => Promise<WatchState>,
): Promise<DeskPorts> {
  const [{ createFindings }, { createTasks }, { createAnswers }, { appendTrail }, { transportsFor }, contacts] =
    await Promise.all([
      import('../live/findings.ts'),
      import('../live/inbox.ts'),
      import('../live/answers.ts'),
      import('../live/trail.ts'),
      import('../live/quotas.ts'),
      import('../sources/contacts.ts'),
    ]);
  const { clock, settings, hash } = clients;
  const [rows, people] = await Promise.all([clients.rows(), reading.people()]);
  return {
    ...{ rows, clock, settings, actor, watchState },
    findings: createFindings(rows),
    tasks: createTasks(rows),
    people: people.current,
    answers: async () => createAnswers(await notices()),
    graph: clients.graph,
    sendable: async () => {
      const ports = await notices();
      return new Set((['email', 'sms'] as const).filter((kind) => transportsFor(ports, kind).length > 0));
    },
    hashContact: (kind, value) => hash(contacts.normalizeContact(kind, value)),
    note: (...entries) => {
      const at = clock.now();
      return appendTrail(
        rows,
        entries.map((entry) => ({ at, actor, ...entry })),
        randomBytes(4).toString('hex'),
      );
    },
  };
}

function createWatchState({ health }: DeskDeps): () => Promise<WatchState> {
  let made: { readonly at: number; readonly state: Promise<WatchState> } | undefined;
  return () => {
    // Real time: it is about sparing this process, also in a replay.
    const now = performance.now();
    if (!made || now - made.at > WATCH_STATE_MS) {
      const state = readWatchState(health);
      made = { at: now, state };
      state.catch(() => {
        made = undefined;
      });
    }
    return made.state;
  };
}

async function readWatchState(health: () => Promise<HealthPorts>): Promise<WatchState> {
  const [{ sourcesOf, timersOf }, { ruleStates }] = await Promise.all([
    import('../live/health-report.ts'),
    import('../live/blind-rules.ts'),
  ]);
  const ports = await health();
  const now = ports.clock.now();
  const [watch, gaps] = await Promise.all([ports.watch(), ports.gaps()]);
  const [sources, timers] = await Promise.all([sourcesOf(ports, now), timersOf(ports, now)]);
  const settings = ports.read.problems.map(({ key, message }) => ({ key, message }));
  const rules = ruleStates(watch, gaps);
  // In a replay time is a file, and timers run when whoever plays it says so: being late means nothing.
  const isReplay = ports.read.settings.POSTERN_CLOCK_FILE !== undefined;
  const late = isReplay
    ? { sources: sources.filter(({ state }) => state !== 'late'), timers: [] }
    : { sources, timers };
  return { gaps, rules, settings, ...late };
}
