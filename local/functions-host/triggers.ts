/** What starts each function, read from its bindings and checked: what this host cannot run is refused in words. */
import { ConfigError } from '../../src/errors.ts';
import { AUTH_LEVELS, type AuthLevel } from './access-keys.ts';
import type { Binding, Callback, FunctionMetadata } from './core.ts';
import { messageOf } from './log.ts';
import { createSchedule, type Schedule } from './ncrontab.ts';
import type { RegisteredFunction } from './registry.ts';
import { parseRoute, type Route } from './routes.ts';
import type { AppSettings } from './settings.ts';

/** An HTTP function's way in. */
export interface HttpTrigger {
  readonly kind: 'http';
  readonly route: Route;
  /** Upper case. */
  readonly methods: readonly string[];
  readonly authLevel: AuthLevel;
}

/** A timer. */
export interface TimerTrigger {
  readonly kind: 'timer';
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
  /** Runs are remembered over restarts; never for schedules of less than a minute. */
  readonly useMonitor: boolean;
}

/** A queue, a subscription of a topic, or the dead letters of either. */
export interface BusTrigger {
  readonly kind: 'serviceBus';
  readonly connection: string;
  readonly entity: string;
  readonly subscription: string | undefined;
  readonly deadLetters: boolean;
  /** Bodies arrive as a Buffer instead of text. */
  readonly binary: boolean;
  /** Cardinality `many`: the function is given lists of messages. */
  readonly batch: boolean;
}

/** Any of them. */
export type Trigger = HttpTrigger | TimerTrigger | BusTrigger;

/** A function that the host can run. */
export interface HostedFunction<T extends Trigger = Trigger> {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly handler: Callback;
  /** Name of the trigger's binding. */
  readonly input: string;
  readonly trigger: T;
  /** It is not listened for, but an admin may still run it. */
  readonly disabled: boolean;
}

const DEAD_LETTERS = /\/\$DeadLetterQueue$/i;
const CORE_TOOLS = 'this host does not run it, use Core Tools';

/** Reads all functions. @throws ConfigError with the problems of all of them */
export function describeFunctions(
  registered: Iterable<RegisteredFunction>,
  settings: AppSettings,
  routePrefix: string,
): HostedFunction[] {
  const problems: string[] = [];
  const functions = [...registered].flatMap((one) => {
    try {
      return [describe(one, settings, routePrefix)];
    } catch (error) {
      if (error instanceof ConfigError) problems.push(...error.problems);
      else problems.push(`function ${one.metadata.name} (${one.file}): ${messageOf(error)}`);
      return [];
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return functions;
}

function describe(one: RegisteredFunction, settings: AppSettings, routePrefix: string): HostedFunction {
  const { metadata, handler, file } = one;
  const where = `function ${metadata.name} (${file})`;
  const entries = Object.entries(metadata.bindings);
  const found = entries.find(([, binding]) => /trigger$/i.test(binding.type));
  if (!found) throw new ConfigError([`${where}: has no trigger`]);
  const others = entries.filter(([name, binding]) => name !== found[0] && !isKnownOutput(binding));
  if (others.length > 0)
    throw new ConfigError(others.map(([, { type }]) => `${where}: binding "${type}": ${CORE_TOOLS}`));
  const [input, binding] = found;
  const text = (name: string) => settings.expand(String(binding[name] ?? ''), where);
  const trigger = triggerOf(binding, metadata.name, where, text, routePrefix);
  return { name: metadata.name, metadata, handler, input, trigger, disabled: settings.isDisabled(metadata.name) };
}

function isKnownOutput(binding: Binding): boolean {
  return binding.direction === 'out' && /^(http|serviceBus)$/i.test(binding.type);
}

function triggerOf(
  binding: Binding,
  name: string,
  where: string,
  text: (option: string) => string,
  routePrefix: string,
): Trigger {
  switch (binding.type.toLowerCase()) {
    case 'httptrigger':
      return httpTrigger(binding, name, where, text('route'), routePrefix);
    case 'timertrigger':
      return timerTrigger(binding, where, text('schedule'));
    case 'servicebustrigger':
      return busTrigger(binding, where, text);
    default:
      throw new ConfigError([`${where}: trigger "${binding.type}": ${CORE_TOOLS}`]);
  }
}

function httpTrigger(binding: Binding, name: string, where: string, route: string, prefix: string): HttpTrigger {
  const authLevel = String(binding.authLevel ?? 'anonymous').toLowerCase() as AuthLevel;
  if (!AUTH_LEVELS.includes(authLevel)) throw new ConfigError([`${where}: authLevel "${authLevel}": ${CORE_TOOLS}`]);
  const methods = Array.isArray(binding.methods) ? binding.methods : ['GET', 'POST'];
  return {
    kind: 'http',
    route: parseRoute([prefix, (route || name).replace(/^\/+|\/+$/g, '')].filter(Boolean).join('/')),
    methods: methods.map((method) => String(method).toUpperCase()),
    authLevel,
  };
}

function timerTrigger(binding: Binding, where: string, pattern: string): TimerTrigger {
  if (pattern === '') throw new ConfigError([`${where}: has no schedule`]);
  const schedule = createSchedule(pattern);
  return {
    kind: 'timer',
    schedule,
    runOnStartup: binding.runOnStartup === true,
    useMonitor: binding.useMonitor !== false && !schedule.isFrequent,
  };
}

function busTrigger(binding: Binding, where: string, text: (option: string) => string): BusTrigger {
  const refused = [
    binding.isSessionsEnabled === true && 'isSessionsEnabled',
    binding.autoCompleteMessages === false && 'autoCompleteMessages false',
    binding.sdkBinding === true && 'sdkBinding',
  ].filter((option) => option !== false);
  const entity = text('queueName') || text('topicName');
  const problems = refused.map((option) => `${where}: ${option}: ${CORE_TOOLS}`);
  if (entity === '') problems.push(`${where}: names neither queueName nor topicName`);
  if (problems.length > 0) throw new ConfigError(problems);
  const subscription = text('subscriptionName');
  return {
    kind: 'serviceBus',
    connection: text('connection') || 'AzureWebJobsServiceBus',
    entity: entity.replace(DEAD_LETTERS, ''),
    subscription: subscription === '' ? undefined : subscription.replace(DEAD_LETTERS, ''),
    deadLetters: DEAD_LETTERS.test(subscription || entity),
    binary: String(binding.dataType ?? '').toLowerCase() === 'binary',
    batch: String(binding.cardinality ?? 'one').toLowerCase() === 'many',
  };
}

/** Only the functions of one kind. */
export function ofKind<K extends Trigger['kind']>(
  functions: readonly HostedFunction[],
  kind: K,
): HostedFunction<Extract<Trigger, { kind: K }>>[] {
  return functions.filter((one): one is HostedFunction<Extract<Trigger, { kind: K }>> => one.trigger.kind === kind);
}
