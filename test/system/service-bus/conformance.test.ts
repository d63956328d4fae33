/**
 * Against the local bus; or against a real namespace (or Microsoft's emulator) that has the four queues:
 * `SERVICE_BUS_CONNECTION_STRING=… npx vitest run test/system/service-bus/conformance.test.ts`
 */
import { afterAll, describe } from 'vitest';
import { startServiceBus } from '../../../local/service-bus/start.ts';
import { conformanceQueues, describeConformance } from './conformance.ts';

const elsewhere = process.env.SERVICE_BUS_CONNECTION_STRING;

if (elsewhere) {
  describe('the given namespace', () => {
    describeConformance({ connectionString: elsewhere, queues: conformanceQueues(5000, 20_000) });
  });
} else {
  const queues = conformanceQueues(800, 1000);
  const bus = await startServiceBus({ port: 0, queues: Object.values(queues) });
  describe('the local bus', () => {
    afterAll(() => bus.close());
    describeConformance({ connectionString: bus.connectionString, queues });
  });
}
