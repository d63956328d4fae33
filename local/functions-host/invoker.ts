/** Runs one invocation through the library, with hooks and outputs, as the worker does (InvocationHandler.ts). */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type {
  CoreInvocationContext,
  InvocationResponse,
  LogLevel,
  ProgrammingModel,
  RetryContext,
  TypedData,
} from './core.ts';
import { stackOf } from './log.ts';
import type { Registry } from './registry.ts';
import { childTrace } from './trace.ts';
import type { HostedFunction } from './triggers.ts';

/** What a trigger hands over. */
export interface Call {
  readonly data: TypedData;
  readonly triggerMetadata?: Readonly<Record<string, TypedData>>;
  readonly retryContext?: RetryContext;
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
}

/** What became of an invocation: a function that throws is an outcome, not an error of the host. */
export type Outcome = { readonly ok: true; readonly returned: TypedData | null | undefined } | Failure;

/** The function, one of its hooks or one of its outputs threw `error`. */
export interface Failure {
  readonly ok: false;
  readonly error: unknown;
}

/** Writes what a function put into its output bindings; rejects if that fails, and the invocation with it. */
export type WriteOutputs = (one: HostedFunction, response: InvocationResponse) => Promise<void>;

/** Runs functions and knows which ones are running. */
export interface Invoker {
  invoke(one: HostedFunction, call: Call): Promise<Outcome>;
  /** Invocations under way. */
  running(): number;
  /** Resolves once nothing runs, true, or when the time is up, false. */
  idle(withinMs: number): Promise<boolean>;
}

/** An invoker over the library that the app registered with. */
export function createInvoker(registry: Registry, model: ProgrammingModel, writeOutputs: WriteOutputs): Invoker {
  const underWay = new Set<Promise<Outcome>>();
  return {
    running: () => underWay.size,
    invoke: (one, call) => {
      const outcome = invoke(registry, model, writeOutputs, one, call);
      underWay.add(outcome);
      return outcome.finally(() => underWay.delete(outcome));
    },
    idle: async (withinMs) => {
      const until = performance.now() + withinMs;
      while (underWay.size > 0) {
        const left = until - performance.now();
        if (left <= 0) return false;
        await Promise.race([Promise.all(underWay), sleepUnref(left)]);
      }
      return true;
    },
  };
}

function sleepUnref(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

async function invoke(
  registry: Registry,
  model: ProgrammingModel,
  writeOutputs: WriteOutputs,
  one: HostedFunction,
  call: Call,
): Promise<Outcome> {
  const invocationId = randomUUID();
  const about = { category: 'system', functionName: one.name, invocationId } as const;
  const started = performance.now();
  const say = (level: LogLevel, text: string) =>
    registry.log({ ...about, level, message: `Executed '${one.name}' (${text})` });
  try {
    const response = await runInvocation(registry, model, one, call, invocationId);
    await writeOutputs(one, response);
    say('information', `Succeeded, Duration=${Math.round(performance.now() - started)}ms`);
    return { ok: true, returned: response.returnValue };
  } catch (error) {
    say('error', `Failed, Duration=${Math.round(performance.now() - started)}ms): ${stackOf(error)}`);
    return { ok: false, error };
  }
}

async function runInvocation(
  registry: Registry,
  model: ProgrammingModel,
  one: HostedFunction,
  call: Call,
  invocationId: string,
): Promise<InvocationResponse> {
  let invocationContext: unknown; // a log call can come before the library has made it
  const core = coreContext(registry, one, call, invocationId, () => invocationContext);
  const invocation = await model.getInvocationModel(core);
  const { context, inputs } = await invocation.getArguments();
  invocationContext = context;
  const shared = { hookData: {}, appHookData: registry.appHookData, invocationContext };
  core.state = 'preInvocationHooks';
  const before = { ...shared, functionCallback: one.handler, inputs };
  await registry.runHooks('preInvocation', before);
  core.state = 'invocation';
  const result = await settle(() => invocation.invokeFunction(context, before.inputs, before.functionCallback));
  core.state = 'postInvocationHooks';
  const after = { ...shared, inputs: before.inputs, ...result };
  await registry.runHooks('postInvocation', after);
  core.state = undefined;
  if (after.error) throw after.error;
  return invocation.getResponse(context, after.result);
}

/** Hooks see null for what there is not, and may replace either. */
async function settle(run: () => Promise<unknown>): Promise<{ result: unknown; error: unknown }> {
  try {
    return { result: await run(), error: null };
  } catch (error) {
    return { result: null, error: error || new Error(`the function threw ${String(error)}`) };
  }
}

function coreContext(
  registry: Registry,
  one: HostedFunction,
  call: Call,
  invocationId: string,
  invocationContext: () => unknown,
): CoreInvocationContext {
  return {
    invocationId,
    metadata: one.metadata,
    state: undefined,
    request: {
      invocationId,
      functionId: one.name,
      inputData: [{ name: one.input, data: call.data }],
      triggerMetadata: call.triggerMetadata ?? {},
      traceContext: childTrace(call.traceParent, call.traceState),
      ...(call.retryContext ? { retryContext: call.retryContext } : {}),
    },
    log: (level, category, message) =>
      registry.log({ level, category, message, functionName: one.name, invocationId }, invocationContext()),
  };
}
