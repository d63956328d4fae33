/**
 * What the Node.js worker of Azure Functions and the package @azure/functions say to each other: the shapes of the
 * module '@azure/functions-core'. Source: types-core/index.d.ts of the worker; only what this host uses.
 */

/** Log levels of Functions; `none` is never written. */
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/** Who wrote a log line: the function's own code, or the host and the libraries. */
export type LogCategory = 'user' | 'system' | 'customMetric';

/** One trigger, input or output of a function, as registered. */
export interface Binding {
  readonly type: string;
  readonly direction: 'in' | 'out';
  readonly [option: string]: unknown;
}

/** A length of time; the library rounds to whole seconds. */
export interface RpcDuration {
  readonly seconds?: number;
}

/** Retry policy of a function. */
export interface RetryOptions {
  /** -1 = without end. */
  readonly maxRetryCount: number;
  readonly retryStrategy: 'fixedDelay' | 'exponentialBackoff';
  readonly delayInterval?: RpcDuration;
  readonly minimumInterval?: RpcDuration;
  readonly maximumInterval?: RpcDuration;
}

/** A registered function. */
export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: RetryOptions;
}

/** A handler or hook of the app. */
export type Callback = (...args: unknown[]) => unknown;

/** A value that may be absent, as protocol buffers wrap it. */
export interface Nullable<T> {
  readonly value: T;
}

/** Request and reply of an HTTP function. */
export interface HttpData {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Readonly<Record<string, Nullable<string>>>;
  readonly nullableParams?: Readonly<Record<string, Nullable<string>>>;
  readonly nullableQuery?: Readonly<Record<string, Nullable<string>>>;
  readonly body?: TypedData | null;
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly HttpCookie[];
}

/** A cookie of a reply. `none` of `sameSite` means that none was given, `explicitNone` means `None`. */
export interface HttpCookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: Nullable<string>;
  readonly path?: Nullable<string>;
  readonly expires?: Nullable<{ readonly seconds?: number }>;
  readonly secure?: Nullable<boolean>;
  readonly httpOnly?: Nullable<boolean>;
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  readonly maxAge?: Nullable<number>;
}

/** A value on its way between host and app; exactly one member is set. The library parses `string` as JSON if it can. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: HttpData;
  readonly collectionString?: { readonly string: readonly string[] };
  readonly collectionBytes?: { readonly bytes: readonly Uint8Array[] };
}

/** Which try of a retried function this is. */
export interface RetryContext {
  readonly retryCount: number;
  readonly maxRetryCount: number;
}

/** W3C trace context of an invocation. */
export interface TraceContext {
  readonly traceParent: string;
  readonly traceState: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What the library is given for one invocation. */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly metadata: FunctionMetadata;
  readonly request: {
    readonly invocationId: string;
    readonly functionId: string;
    readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
    readonly triggerMetadata: Readonly<Record<string, TypedData>>;
    readonly traceContext: TraceContext;
    readonly retryContext?: RetryContext;
  };
  /** The library warns of log calls after the end except in `postInvocationHooks`. */
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

/** What an invocation gave. */
export interface InvocationResponse {
  readonly outputData?: readonly { readonly name: string; readonly data: TypedData }[];
  readonly returnValue?: TypedData | null;
}

/** How the library runs one invocation. */
export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], handler: Callback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

/** The library, as it introduces itself. */
export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(worker: Record<string, string>): Promise<Record<string, string>>;
}
