/**
 * The module '@azure/functions-core', which exists in no registry: the worker of Azure Functions conjures it up, and so
 * does this host, with the public `module.registerHooks` (covers require and import, bundled or not).
 *
 * The library keeps what it was given for the life of the process and introduces itself only once, so there is one
 * module per process; it hands on to the registry of the app that is loading.
 */
import { registerHooks } from 'node:module';
import type { Callback, FunctionMetadata, LogCategory, LogLevel, ProgrammingModel } from './core.ts';
import { type Registry, systemLine } from './registry.ts';

const SPECIFIER = '@azure/functions-core';
const MODULE_URL = 'postern:functions-core';
const SLOT = Symbol.for('postern.functions-core');
const WORKER_VERSION = '3.14.1';
/** The version of the real host whose behavior is followed; libraries ask for it. */
export const HOST_VERSION = '4.1052.200';

interface Slot {
  readonly api: object;
  registry: Registry | undefined;
  model: ProgrammingModel | undefined;
  /** Apps load one after another: a registration belongs to the app that is loading. */
  turn: Promise<unknown>;
}

/** Runs `load` with all registrations going to `registry`; resolves with the library that registered, if any. */
export async function withVirtualCore(
  registry: Registry,
  load: () => Promise<void>,
): Promise<ProgrammingModel | undefined> {
  const slot = theSlot();
  const run = async () => {
    slot.registry = registry;
    await load();
    return slot.model;
  };
  const result = slot.turn.then(run, run);
  slot.turn = result.catch(() => undefined);
  return result;
}

function theSlot(): Slot {
  const holder = globalThis as { [SLOT]?: Slot };
  const known = holder[SLOT];
  if (known) return known;
  const slot: Slot = { api: {}, registry: undefined, model: undefined, turn: Promise.resolve() };
  Object.assign(slot.api, createApi(slot));
  holder[SLOT] = slot;
  installHooks();
  return slot;
}

function installHooks(): void {
  const source = `module.exports = globalThis[Symbol.for('${SLOT.description}')].api`;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === SPECIFIER ? { url: MODULE_URL, format: 'commonjs', shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === MODULE_URL ? { format: 'commonjs', shortCircuit: true, source } : next(url, context),
  });
}

function createApi(slot: Slot): object {
  const registry = () => {
    if (!slot.registry) throw new Error('no functions app is loading');
    return slot.registry;
  };
  return {
    version: WORKER_VERSION,
    hostVersion: HOST_VERSION,
    Disposable,
    registerFunction: (metadata: FunctionMetadata, handler: Callback) =>
      new Disposable(registry().addFunction(metadata, handler)),
    registerHook: (name: string, hook: Callback) => new Disposable(registry().addHook(name, hook)),
    setProgrammingModel: (model: ProgrammingModel) => {
      slot.model = model;
    },
    getProgrammingModel: () => slot.model,
    log: (level: LogLevel, category: LogCategory, message: string) =>
      slot.registry?.log(systemLine(level, message, category)),
  };
}

/** Part of the module's contract, which is a class there. */
class Disposable {
  #undo: (() => unknown) | undefined;
  constructor(undo: () => unknown) {
    this.#undo = undo;
  }
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const one of all) one.dispose();
    });
  }
  dispose(): void {
    this.#undo?.();
    this.#undo = undefined;
  }
}
