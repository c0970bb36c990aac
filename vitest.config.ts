import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'plugins/*', 'test'],
    // All cores, and one process for many files: half of the time went into loading the same modules again.
    maxWorkers: '100%',
    isolate: false,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**', 'plugins/*/src/**'],
    },
  },
})
