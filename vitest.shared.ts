import { defineProject } from 'vitest/config'

// Packages of this house resolve to their sources, so a test needs no build.
const conditions = ['@barter/source', 'module', 'node', 'development|production', 'import', 'default']

/** What holds for a run as a whole, whatever it is made of. */
export const wholeRun = {
  // All cores, and one process for many files: half of the time went into loading the same modules again.
  maxWorkers: '100%',
  isolate: false,
  coverage: {
    provider: 'v8' as const,
    include: ['packages/*/src/**', 'plugins/*/src/**'],
  },
}

/** Of which the files match `include`, from the folder of the configuration. */
export const tests = (name: string, include: readonly string[]) => ({
  name,
  environment: 'node',
  // No test measures time; this only ends one that hangs, on a machine as busy as it may be.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  include: [...include],
  exclude: ['**/node_modules/**', '**/dist/**'],
})

/** **Shape** `include`: its test files, from its own folder. */
export const project = (name: string, include: readonly string[] = ['**/*.test.ts']) =>
  defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: ['@barter/source', 'node', 'import', 'default'] } },
    test: tests(name, include),
  })
