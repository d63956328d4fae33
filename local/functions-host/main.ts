/**
 * The local Functions host as a process of its own. Forked by process.ts it is told by its parent what to run, and ends
 * with it. From a terminal: `node local/functions-host/main.ts <app folder> [--port 7071] [--main "functions/*.ts"]`
 * prints one line when it serves, `{"ready":"functions-host","url":…,"key":…}`. Ends on SIGTERM or SIGINT, after what
 * runs has ended.
 */
import { parseArgs } from 'node:util';
import { ConfigError } from '../../src/errors.ts';
import { formatHostLog, type HostLog, type HostLogEntry, messageOf } from './log.ts';
import { type Ask, type Told, toTimerOutcome } from './messages.ts';
import { type FunctionsHost, startFunctionsHost } from './start.ts';

const tell = (told: Told) => void (process.connected && process.send?.(told));
/** Lines go to the parent by the handful: a message of its own for each costs more than most of what is logged. */
const LOG_EVERY_MS = 20;

function createLogTeller(): { readonly log: HostLog; readonly flush: () => void } {
  let waiting: HostLogEntry[] = [];
  const flush = () => {
    if (waiting.length > 0) tell({ tell: 'log', entries: waiting });
    waiting = [];
  };
  return {
    log(entry) {
      if (waiting.push(entry) === 1) setTimeout(flush, LOG_EVERY_MS);
    },
    flush,
  };
}

const { log: tellLog, flush: flushLog } = createLogTeller();

const problemsOf = (error: unknown) => (error instanceof ConfigError ? error.problems : [messageOf(error)]);

async function end(host: FunctionsHost | undefined): Promise<void> {
  await host?.stop();
  process.exit(0);
}

function serveParent(): void {
  let host: FunctionsHost | undefined;
  process.on('SIGINT', () => {}); // the terminal's Ctrl-C reaches us, too; the parent decides in which order to end
  process.on('SIGTERM', () => void end(host));
  process.on('disconnect', () => void end(host));
  process.on('message', (ask: Ask) => {
    if (ask.ask === 'start') {
      startForParent(ask).then(
        (started) => {
          host = started;
        },
        (error: unknown) => {
          if (!(error instanceof ConfigError)) console.error(error);
          flushLog();
          process.send?.({ tell: 'failed', problems: problemsOf(error) } satisfies Told, () => process.exit(1));
        },
      );
    } else if (host) answer(host, ask).catch(() => process.exit(1));
  });
}

async function startForParent({ options, log }: Ask & { ask: 'start' }): Promise<FunctionsHost> {
  const host = await startFunctionsHost({
    ...options,
    ...(log ? { log: tellLog } : {}),
  });
  const { url, keys, functions } = host;
  tell({ tell: 'ready', ready: { url, keys, functions } });
  return host;
}

async function answer(host: FunctionsHost, ask: Exclude<Ask, { ask: 'start' }>): Promise<void> {
  const { id } = ask;
  // What an answer is about has been said before it.
  const answerWith = (value: unknown) => {
    flushLog();
    tell({ tell: 'answer', id, value });
  };
  try {
    if (ask.ask === 'running') answerWith(host.running());
    else if (ask.ask === 'invokeTimer') {
      const outcome = await host.invokeTimer(ask.name, ask.call);
      answerWith(toTimerOutcome(outcome));
    } else {
      const stopped = await host.stop(ask.drainMs === undefined ? {} : { drainMs: ask.drainMs });
      flushLog();
      process.send?.({ tell: 'answer', id, value: stopped } satisfies Told, () => process.exit(0));
    }
  } catch (error) {
    tell({ tell: 'refusal', id, problems: problemsOf(error) });
  }
}

async function serveTerminal(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string', default: '7071' }, main: { type: 'string' } },
  });
  const [root] = positionals;
  if (root === undefined) throw new ConfigError(['say in which folder the app is']);
  const host = await startFunctionsHost({
    root,
    port: Number(values.port),
    ...(values.main === undefined ? {} : { main: values.main }),
    log: (entry) => console.error(formatHostLog(entry)),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(host));
  console.log(JSON.stringify({ ready: 'functions-host', url: host.url, key: host.keys.host }));
}

if (process.send) serveParent();
else {
  serveTerminal().catch((error: unknown) => {
    console.error(error instanceof ConfigError ? `functions-host: ${error.message}` : error);
    process.exit(1);
  });
}
