import { defineProject } from 'vitest/config'

// Packages of this house resolve to their sources, so a test needs no build.
const conditions = ['@barter/source', 'module', 'node', 'development|production', 'import', 'default']

export const project = (name: string) =>
  defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: ['@barter/source', 'node', 'import', 'default'] } },
    test: {
      name,
      environment: 'node',
      // No test measures time; this only ends one that hangs, on a machine as busy as it may be.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      include: ['**/*.test.ts'],
      exclude: ['**/node_modules/**', '**/dist/**'],
    },
  })
