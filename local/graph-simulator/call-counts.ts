/** How often each endpoint was called, and with what result. */

/** Calls of one endpoint. */
export interface CallCount {
  readonly calls: number;
  readonly byStatus: Readonly<Record<number, number>>;
  /** Of the answers, together. */
  readonly bytes: number;
}

/** Counts calls. */
export interface CallCounts {
  readonly note: (endpoint: string, status: number, bytes: number) => void;
  /** By method and path template, for example `GET /auditLogs/signIns`. */
  readonly all: () => Readonly<Record<string, CallCount>>;
  readonly reset: () => void;
}

/** Fresh counts. */
export function createCallCounts(): CallCounts {
  const counts = new Map<string, CallCount>();
  return {
    note: (endpoint, status, bytes) => {
      const before = counts.get(endpoint) ?? { calls: 0, byStatus: {}, bytes: 0 };
      const byStatus = { ...before.byStatus, [status]: (before.byStatus[status] ?? 0) + 1 };
      counts.set(endpoint, { calls: before.calls + 1, byStatus, bytes: before.bytes + bytes });
    },
    all: () => Object.fromEntries(counts),
    reset: () => counts.clear(),
  };
}
