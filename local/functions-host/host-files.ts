/** The files next to an app that say how it is to be run: package.json, host.json, local.settings.json. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { ConfigError } from '../../src/errors.ts';

/** What host.json decides here; everything else in it is for the real host. */
export interface HostSettings {
  /** Without slashes at its ends; may be empty. */
  readonly routePrefix: string;
  /** Messages handled at the same time, per function. The real default is 16 per core. */
  readonly maxConcurrentCalls: number;
  /** How long a message's lock is renewed while its function runs. */
  readonly maxAutoLockRenewalMs: number;
  /** Most messages that a function with cardinality `many` is given at once. */
  readonly maxMessageBatchSize: number;
}

const timeSpan = z
  .string()
  .regex(/^(?:\d+\.)?\d{1,2}:\d{2}:\d{2}$/, 'must be a time span such as "00:05:00"')
  .transform(timeSpanMs);

const hostJson = z.looseObject({
  version: z.literal('2.0', 'must be "2.0"'),
  extensions: z
    .looseObject({
      http: z.looseObject({ routePrefix: z.string().default('api') }).prefault({}),
      serviceBus: z
        .looseObject({
          maxConcurrentCalls: z.int().min(1).optional(),
          maxAutoLockRenewalDuration: timeSpan.optional(),
          maxMessageBatchSize: z.int().min(1).max(5000).default(1000),
          autoCompleteMessages: z.literal(true, 'false is not run by this host').optional(),
        })
        .prefault({}),
    })
    .prefault({}),
});

const localSettings = z.looseObject({
  IsEncrypted: z.literal(false, 'encrypted settings can only be read by Core Tools').default(false),
  Values: z.record(z.string(), z.string()).default({}),
});

const packageJson = z.looseObject({ main: z.string().optional() });

/** Reads host.json. @throws ConfigError naming the file and the property */
export function readHostSettings(root: string): HostSettings {
  const { http, serviceBus } = readJson(root, 'host.json', hostJson, { version: '2.0' }).extensions;
  return {
    routePrefix: http.routePrefix.replace(/^\/+|\/+$/g, ''),
    maxConcurrentCalls: serviceBus.maxConcurrentCalls ?? 16 * availableParallelism(),
    maxAutoLockRenewalMs: serviceBus.maxAutoLockRenewalDuration ?? 5 * 60_000,
    maxMessageBatchSize: serviceBus.maxMessageBatchSize,
  };
}

/** The `Values` of local.settings.json; empty when there is none. @throws ConfigError */
export function readLocalValues(root: string): Readonly<Record<string, string>> {
  return readJson(root, 'local.settings.json', localSettings, {}).Values;
}

/** The glob of entry files that package.json gives as `main`. @throws ConfigError */
export function readMainGlob(root: string): string | undefined {
  return readJson(root, 'package.json', packageJson, {}).main;
}

function readJson<T>(root: string, name: string, schema: z.ZodType<T>, whenMissing: unknown): T {
  const parsed = schema.safeParse(jsonOf(root, name) ?? whenMissing);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `${name}: ${issue.path.join('.')}: ${issue.message}`));
}

function jsonOf(root: string, name: string): unknown {
  let text: string;
  try {
    text = readFileSync(join(root, name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError([`${name} cannot be read: ${(error as NodeJS.ErrnoException).code}`]);
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new ConfigError([`${name} is not JSON`]); // the parser's message would repeat the content, with its secrets
  }
}

/** .NET's `[days.]hours:minutes:seconds`. */
function timeSpanMs(text: string): number {
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] =
    /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(text) ?? [];
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
