import { defineConfig } from 'vitest/config'
import { wholeRun } from './vitest.shared.ts'

// Room by room, on sources, as one works on them: `npx vitest run --project core`. `npm test` takes vitest.whole.config.ts.
export default defineConfig({ test: { projects: ['packages/*', 'plugins/*', 'test'], ...wholeRun } })
