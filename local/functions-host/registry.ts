/** What one app registers while it loads: its functions and its hooks. */
import type { Callback, FunctionMetadata, LogCategory, LogLevel } from './core.ts';
import { type HostLog, type HostLogEntry, messageOf } from './log.ts';

/** The hooks of the Node.js worker. */
const HOOKS = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;

/** Name of a hook. */
export type HookName = (typeof HOOKS)[number];

/** A registered function and the entry file it came from. */
export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly handler: Callback;
  readonly file: string;
}

/** What the app registered, and the way to its hooks. */
export interface Registry {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  /** Data that all hooks of the app share. */
  readonly appHookData: Record<string, unknown>;
  /** Says which entry file is loading; undefined locks the registry. */
  setLoading(file: string | undefined): void;
  /** @throws Error after startup, or when the name is taken (names are compared without case, as in Azure) */
  addFunction(metadata: FunctionMetadata, handler: Callback): () => void;
  /** @throws RangeError for a hook that does not exist */
  addHook(name: string, hook: Callback): () => void;
  runHooks(name: HookName, context: object): Promise<void>;
  /** Passes a line through the app's log hooks to the log. */
  log(entry: HostLogEntry, invocationContext?: unknown): void;
}

/** An empty registry that writes to `sink`. */
export function createRegistry(sink: HostLog): Registry {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<HookName, Callback[]>(HOOKS.map((name) => [name, []]));
  const appHookData: Record<string, unknown> = {};
  let loading: string | undefined;
  return {
    functions,
    appHookData,
    setLoading: (file) => {
      loading = file;
    },
    addFunction: (metadata, handler) => {
      if (loading === undefined) throw new Error('A function can only be registered during app startup.');
      const key = metadata.name.toLowerCase();
      const taken = functions.get(key);
      if (taken) throw new Error(`a function named "${metadata.name}" is already registered by ${taken.file}`);
      functions.set(key, { metadata, handler, file: loading });
      return () => functions.delete(key);
    },
    addHook: (name, hook) => {
      const list = hooks.get(name as HookName);
      // The library turns this very error into "requires host version …".
      if (!list)
        throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), { isAzureFunctionsSystemError: true });
      list.push(hook);
      return () => list.splice(list.indexOf(hook), 1);
    },
    runHooks: async (name, context) => {
      for (const hook of hooks.get(name) ?? []) await hook(context);
    },
    log: (entry, invocationContext) => {
      sink(throughHooks(entry, invocationContext, hooks.get('log') ?? [], appHookData));
    },
  };
}

/** Only lines of the user's own code can be changed by a hook; a hook that throws leaves the line unsaid, not bare. */
function throughHooks(
  entry: HostLogEntry,
  invocationContext: unknown,
  hooks: readonly Callback[],
  appHookData: Record<string, unknown>,
): HostLogEntry {
  const { level, category, message } = entry;
  const context = { level, category, message, invocationContext, hookData: {}, appHookData };
  try {
    for (const hook of hooks) hook(context);
  } catch (error) {
    return { ...entry, level: 'error', category: 'system', message: `a log hook failed: ${messageOf(error)}` };
  }
  return category === 'user' ? { ...entry, level: context.level, message: context.message } : entry;
}

/** The line of a log call without a function. */
export function systemLine(level: LogLevel, message: string, category: LogCategory = 'system'): HostLogEntry {
  return { level, category, message };
}
