/** Messages as files, instead of sending them: for a first look without any provider. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import type { Transport } from './channel.ts';

/** Writes `<operation id>.json` into `dir`; the same message again replaces its file. Readable by their owner only. */
export function createFile(dir: string): Transport {
  const name = 'file';
  return {
    name,
    kind: 'file',
    reports: false,
    async send(message, { operationId, now }) {
      const path = join(dir, `${operationId}.json`);
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await writeFile(`${path}.part`, JSON.stringify({ at: now, ...message }, undefined, 2), { mode: 0o600 });
        await rename(`${path}.part`, path);
      } catch (cause) {
        throw new DeliveryError(name, 'MISCONFIGURED', { cause });
      }
      return { providerId: operationId, status: 'delivered' };
    },
  };
}
