/** What an app registers, without running any of it: for tests of names, triggers and schedules. */
import { resolve } from 'node:path';
import { readHostSettings, readLocalValues } from './host-files.ts';
import { loadFunctions } from './load-functions.ts';
import { type HostLog, warningsToStderr } from './log.ts';
import { createRegistry } from './registry.ts';
import { applySettings, DEFAULT_SETTINGS } from './settings.ts';
import { type FunctionSummary, summarize } from './summary.ts';

/** How the app is looked at. */
export interface DescribeOptions {
  /** App settings, for `%NAME%` in bindings; they win over the environment and local.settings.json. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Glob of entry files below the root. Default: package.json `main`, then `functions/*.ts`. */
  readonly main?: string;
  /** Default: warnings and errors to standard error. */
  readonly log?: HostLog;
}

/**
 * Imports the entry files of the app in `root` and says what they registered, in order of name. No server starts, no
 * hook runs, and the environment is as before.
 * @throws ConfigError with everything that is wrong with the app or its settings, in words
 */
export async function describeApp(root: string, options: DescribeOptions = {}): Promise<FunctionSummary[]> {
  const folder = resolve(root);
  const host = readHostSettings(folder);
  const settings = applySettings(
    process.env,
    { ...DEFAULT_SETTINGS, ...readLocalValues(folder) },
    options.settings ?? {},
  );
  const registry = createRegistry(options.log ?? warningsToStderr);
  try {
    const location = { root: folder, ...(options.main === undefined ? {} : { main: options.main }) };
    const { functions } = await loadFunctions(location, { host, settings, registry });
    return functions.map(summarize).sort((a, b) => (a.name < b.name ? -1 : 1));
  } finally {
    settings.restore();
  }
}
