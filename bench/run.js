// `npm run bench [-- CASE…] [--json]`: sets up, runs the cases, prints ratios.
import { cpus, loadavg } from 'node:os'
import { setUp } from '../scripts/set-up.js'

/** Run only when they are asked for: they take minutes, or other checkers. */
const LONG = ['counts', 'importers', 'search-memory', 'loom', 'shuttle', 'genmc']
const CASES = ['steps', 'matrix', 'matrix-8192', 'matrix-memory', 'fill', 'sg', 'explore', 'spin', 'workers', 'start']

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const unknown = wanted.filter((word) => ![...CASES, ...LONG].includes(word))
if (unknown.length > 0) {
  console.error(`bench: there is no case ${unknown.join(', ')}; there are ${[...CASES, ...LONG].join(', ')}`)
  process.exit(2)
}
setUp()
const results = []
for (const name of wanted.length > 0 ? wanted : CASES) {
  const { run } = await import(`./cases/${name}.js`)
  // A case may have several results.
  results.push(...[await run()].flat())
}
const machine = { node: process.version, cores: cpus().length, load: loadavg()[0] }
if (process.argv.includes('--json')) console.log(JSON.stringify({ machine, results }, null, 2))
else print()

function print() {
  console.log(
    `node ${machine.node}, ${machine.cores} cores, load ${machine.load.toFixed(1)}; ratio of medians, spread in brackets`,
  )
  for (const result of results) {
    const ratio = result.ratio >= 0.1 ? result.ratio.toFixed(2) : `1/${(1 / result.ratio).toFixed(0)}`
    console.log(
      `${result.name.padEnd(11)} ${ratio.padStart(8)}x  ${format(result.ours)} against ${format(result.yardstick)} ${result.measure ?? 'ns'} a ${result.unit}` +
        `  (n ${result.count}, ${result.rounds} rounds, ±${percent(result.spread.ours)} and ±${percent(result.spread.yardstick)})  goal ${result.goal}` +
        (result.also === undefined ? '' : `; ${result.also}`),
    )
  }
}

function format(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function percent(value) {
  return `${(value * 50).toFixed(0)} %`
}
