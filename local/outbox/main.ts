/**
 * The outbox as a process of its own: `node local/outbox/main.ts <folder> [http port] [smtp port]`, forked by
 * `process.ts`. The first message from its parent holds keys and clock; it answers with one that holds its addresses.
 */
import { once } from 'node:events';
import { createFileClock } from '../../src/azure/clock.ts';
import { startOutbox } from './start.ts';

/** What the parent sends first. */
export interface OutboxSettings {
  readonly dir: string;
  readonly httpPort: number;
  readonly smtpPort: number;
  readonly acsKey: string;
  readonly deskSecret?: string;
  readonly clockFile?: string;
  /** Quota of the mail stand-in; default that of a new Communication Services resource. */
  readonly emailsPerMinute?: number;
  readonly emailsPerHour?: number;
}

const [settings] = (await once(process, 'message')) as [OutboxSettings];
const { clockFile, ...rest } = settings;
const outbox = await startOutbox({ ...rest, ...(clockFile && { now: createFileClock(clockFile).now }) });
const { url, smtpUrl, acsConnection, deskUrl } = outbox;
process.send?.({ url, smtpUrl, acsConnection, deskUrl });
process.on('SIGINT', () => undefined); // the terminal's Ctrl-C reaches us, too; the parent decides in which order to end
for (const signal of ['SIGTERM', 'disconnect'] as const) {
  process.on(signal, () => void outbox.close().then(() => process.exit(0)));
}
