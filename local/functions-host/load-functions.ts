/** Loads an app and reads what it registered; nothing listens yet. */
import { checkBusOutputs } from './bus-outputs.ts';
import type { ProgrammingModel } from './core.ts';
import type { HostSettings } from './host-files.ts';
import { loadApp } from './load-app.ts';
import type { Registry } from './registry.ts';
import type { AppSettings } from './settings.ts';
import { describeFunctions, type HostedFunction } from './triggers.ts';

/** Which app. */
export interface AppLocation {
  /** Absolute. */
  readonly root: string;
  /** Glob of entry files below `root`. */
  readonly main?: string;
}

/** What loading needs. */
export interface LoadingGround {
  readonly host: HostSettings;
  readonly settings: AppSettings;
  readonly registry: Registry;
}

/** @throws ConfigError with everything that is wrong with the app, in words */
export async function loadFunctions(
  { root, main }: AppLocation,
  { host, settings, registry }: LoadingGround,
): Promise<{ readonly model: ProgrammingModel; readonly functions: readonly HostedFunction[] }> {
  const model = await loadApp(root, main, registry);
  const functions = describeFunctions(registry.functions.values(), settings, host.routePrefix);
  checkBusOutputs(settings, functions);
  return { model, functions };
}
