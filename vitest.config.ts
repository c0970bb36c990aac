import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'plugins/*', 'test'],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**', 'plugins/*/src/**'],
    },
  },
})
