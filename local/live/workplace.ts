/** Where a local run keeps its data, keys and ports, so that a second start resumes the first. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../src/errors.ts';

/** Ports of the processes. The same again after a restart: everybody finds everybody by them. */
const Ports = z.object({
  tables: z.number(),
  bus: z.number(),
  graph: z.number(),
  http: z.number(),
  outbox: z.number(),
  smtp: z.number(),
});

/** What a local run keeps. */
export const Workplace = z.object({
  version: z.literal(1),
  ports: Ports,
  /** Key of the admin and desk routes. */
  localKey: z.string(),
  hashKey: z.string(),
  cardKey: z.string(),
  acsKey: z.string(),
  deskSecret: z.string(),
  /** Function keys. */
  functionKey: z.string(),
  /** The campaign that is played. */
  seed: z.number(),
  people: z.number(),
  days: z.number(),
  attempts: z.number(),
  attacked: z.number(),
  from: z.coerce.date(),
  /** `replay`: time is a file. `real`: time is the machine's. */
  time: z.enum(['replay', 'real']),
});
/** What a local run keeps. */
export type Workplace = z.infer<typeof Workplace>;

/** Everything that the campaign of a run is made from. */
export function campaignOf({ seed, people, days, attempts, attacked, from }: Workplace) {
  return { seed, people, days, attempts, attacked, from };
}

/** Paths inside the folder of a run. */
export function placesIn(dir: string) {
  return {
    settings: join(dir, 'workplace.json'),
    tables: join(dir, 'tables'),
    bus: join(dir, 'service-bus'),
    graph: join(dir, 'graph'),
    outbox: join(dir, 'outbox'),
    host: join(dir, 'host'),
    log: join(dir, 'functions.log'),
    clock: join(dir, 'clock'),
    progress: join(dir, 'progress.json'),
  };
}

/** What a new run is about. */
export type Fresh = Pick<Workplace, 'seed' | 'people' | 'days' | 'attempts' | 'attacked' | 'from' | 'time'>;

/** Opens the folder of a run, or starts a new one. @throws ConfigError when it is another run's or damaged */
export async function openWorkplace(
  dir: string,
  fresh: Fresh,
): Promise<{ readonly workplace: Workplace; readonly isNew: boolean }> {
  const { settings } = placesIn(dir);
  if (existsSync(settings)) return { workplace: readWorkplace(settings, fresh), isNew: false };
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const [tables, bus, graph, http, outbox, smtp] = await freePorts(6);
  const key = () => randomBytes(32).toString('base64');
  const word = () => randomBytes(18).toString('base64url');
  const workplace = Workplace.parse({
    version: 1,
    ports: { tables, bus, graph, http, outbox, smtp },
    localKey: word(),
    functionKey: word(),
    deskSecret: word(),
    hashKey: key(),
    cardKey: key(),
    acsKey: key(),
    ...fresh,
  });
  writeFileSync(settings, JSON.stringify(workplace, undefined, 2), { mode: 0o600 });
  return { workplace, isNew: true };
}

function readWorkplace(path: string, fresh: Fresh): Workplace {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    content = undefined;
  }
  const parsed = Workplace.safeParse(content);
  if (!parsed.success) throw new ConfigError([`${path}: is damaged. Start anew: npm start -- --new`]);
  const names = ['seed', 'people', 'days', 'attempts', 'attacked', 'time'] as const;
  const other = names.filter((name) => parsed.data[name] !== fresh[name]);
  if (other.length > 0) {
    throw new ConfigError([`${path}: another run (${other.join(', ')}) is kept here. Start anew: npm start -- --new`]);
  }
  return parsed.data;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
