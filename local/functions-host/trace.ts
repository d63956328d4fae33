/** W3C trace context: an invocation continues its caller's trace or starts one. */
import { randomBytes } from 'node:crypto';
import type { TraceContext } from './core.ts';

const TRACE_PARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;

/** The context of a new span below `traceParent`; of a new, sampled trace if that is absent or not valid. */
export function childTrace(traceParent?: string, traceState = ''): TraceContext {
  const [, traceId = '', flags = ''] = TRACE_PARENT.exec(traceParent ?? '') ?? [];
  const isValid = traceId !== '' && !/^0+$/.test(traceId);
  const span = randomBytes(8).toString('hex');
  return {
    traceParent: isValid ? `00-${traceId}-${span}-${flags}` : `00-${randomBytes(16).toString('hex')}-${span}-01`,
    traceState: isValid ? traceState : '',
    attributes: {},
  };
}
