/** The campaign as files, the way an admin would have exported them. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateCampaign, peopleFile } from '../campaign.ts';
import { type CampaignOptions, type CampaignSource, settle } from './options.ts';

/** File of each source. */
export const CAMPAIGN_FILES: Readonly<Record<CampaignSource, string>> = {
  'directory-audits': 'directory-audits.ndjson',
  'sign-ins': 'sign-ins.ndjson',
  'risk-detections': 'risk-detections.ndjson',
  'provider-mail': 'message-traces.ndjson',
  'mailbox-activity': 'mailbox-activity.ndjson',
};
/** The people file, for `--people`. */
export const PEOPLE_FILE = 'people.yml';

/** How far the writing has come. */
export interface CampaignProgress {
  /** 0 to 1. */
  readonly share: number;
  readonly records: number;
}

/** Text is handed to the disk in pieces of about this many characters. */
const PIECE = 1 << 20;

/**
 * Writes the campaign into `dir` (made if missing; files of the same names are replaced). Resolves with the number of
 * records. Rejects with what the file system says.
 */
export async function writeCampaign(
  dir: string,
  options: CampaignOptions = {},
  onProgress: (progress: CampaignProgress) => void = () => {},
): Promise<number> {
  const { from, end } = settle(options);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, PEOPLE_FILE), peopleFile(options));
  const files = new Map(
    Object.entries(CAMPAIGN_FILES).map(([source, name]) => [source, openFile(join(dir, name))] as const),
  );
  let records = 0;
  for (const { source, record, arrivesAt } of generateCampaign(options)) {
    await files.get(source)?.line(JSON.stringify(record));
    if (++records % 2000 === 0)
      onProgress({ share: Math.min(1, (arrivesAt.getTime() - from) / (end - from)), records });
  }
  await Promise.all([...files.values()].map((file) => file.close()));
  onProgress({ share: 1, records });
  return records;
}

function openFile(path: string) {
  const stream = createWriteStream(path);
  let text = '';
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure = error;
  });
  const flush = async () => {
    if (failure) throw failure;
    const piece = text;
    text = '';
    if (piece !== '' && !stream.write(piece)) await once(stream, 'drain');
  };
  return {
    line: async (line: string) => {
      text += `${line}\n`;
      if (text.length >= PIECE) await flush();
    },
    close: async () => {
      await flush();
      stream.end();
      await once(stream, 'close');
      if (failure) throw failure;
    },
  };
}
