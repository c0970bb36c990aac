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
      include: ['**/*.test.ts'],
      exclude: ['**/node_modules/**', '**/dist/**'],
    },
  })
