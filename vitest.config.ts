import { defineConfig } from 'vitest/config';

// Two projects: `unit` is fast and pure (npm run check), `system` starts servers, browsers and child processes.
export default defineConfig({
  test: {
    // The default leaves one core to Vitest itself, which then has little to do: of two cores, half.
    maxWorkers: '100%',
    projects: [
      // Not isolated: unit tests are pure, and loading the engine anew for every file took half of all the time.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A page or a process on a machine with other work needs more than the second that is the default.
          expect: { poll: { timeout: 20_000 } },
          fileParallelism: false,
        },
      },
    ],
  },
});
