import { defineConfig, mergeConfig } from 'vitest/config'
import { project, wholeRun } from './vitest.shared.ts'

// Every test of every room as one project. Projects share no modules: with one for each room, core and sim are made
// and loaded again for each of them, which was two fifths of the CPU time of `npm test`.
const everyRoom = project('barter', ['{packages,plugins}/*/**/*.test.ts', 'test/**/*.test.ts'])

export default mergeConfig(everyRoom, defineConfig({ test: wholeRun }))
