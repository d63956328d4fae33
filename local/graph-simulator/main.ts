/**
 * The Graph simulator as a process of its own: `node local/graph-simulator/main.ts <folder> [port] [--clock-file FILE]
 * [--campaign JSON]`. Prints one line when requests are answered, `{"ready":"graph-simulator","port":…,…}`. Ends on
 * SIGTERM, SIGINT, or when a parent that forked it goes away.
 *
 * `--clock-file`: file with epoch milliseconds as 8 to 20 digits, read at each use; without it the clock is the
 * machine's. `--campaign`: options of the reference campaign to play, `{}` for its defaults; `from` as ISO time.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ConfigError } from '../../src/errors.ts';
import type { CampaignOptions } from '../campaign.ts';
import { loadCampaign } from './campaign-feed.ts';
import { openClockFile } from './clock-file.ts';
import { type GraphSimulator, startGraphSimulator } from './start.ts';

/** What the process says when it is ready. */
export interface ReadyLine {
  readonly ready: 'graph-simulator';
  readonly baseUrl: string;
  readonly port: number;
  readonly tokenUrl: string;
  readonly identity: GraphSimulator['identity'];
  /** Group of everybody in the campaign. */
  readonly groupId?: string;
}

const number = z.int().optional();
const campaignSchema = z.strictObject({
  seed: number,
  people: number,
  days: number,
  attempts: number,
  attacked: number,
  from: z.coerce.date().optional(),
}) as unknown as z.ZodType<CampaignOptions>;

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { 'clock-file': { type: 'string' }, campaign: { type: 'string' } },
  });
  const [dir, port = '0'] = positionals;
  if (dir === undefined) throw new ConfigError(['say in which folder to keep the data of the Graph simulator']);
  const clockFile = values['clock-file'];
  const simulator = await startGraphSimulator({
    dir,
    port: Number(port),
    ...(clockFile !== undefined && { now: openClockFile(clockFile) }),
  });
  const stop = () => void simulator.close().then(() => process.exit(0));
  // The terminal's Ctrl-C reaches a child, too; its parent decides in which order to end.
  process.on('SIGINT', () => process.connected || stop());
  for (const signal of ['SIGTERM', 'disconnect'] as const) process.on(signal, stop);
  const feed = values.campaign === undefined ? undefined : play(simulator, values.campaign);
  const { baseUrl, tokenUrl, identity } = simulator;
  const ready: ReadyLine = {
    ready: 'graph-simulator',
    baseUrl,
    port: simulator.port,
    tokenUrl,
    identity,
    ...(feed && { groupId: feed.groupId }),
  };
  console.log(JSON.stringify(ready));
}

function play(simulator: GraphSimulator, options: string) {
  const parsed = campaignSchema.safeParse(JSON.parse(options));
  if (!parsed.success) throw new ConfigError([`--campaign: ${z.prettifyError(parsed.error)}`]);
  try {
    return loadCampaign(simulator, parsed.data);
  } catch (error) {
    throw error instanceof RangeError ? new ConfigError([`--campaign: ${error.message}`]) : error;
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? `graph-simulator: ${error.message}` : error);
  process.exit(1);
});
