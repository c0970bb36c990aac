/** Every capture beside the repository is read, whether it has an answer file or not; what is too little is refused. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { UsageError } from '@barter/core'
import { inspectTopology, letterMatrix, matrixDevices, type MachineReading, readMachine } from '@barter/inspect'
import { describe, expect, test } from 'vitest'

const beside = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'captures')

/** Beside a listing these add something; alone they have no functions. */
const ADDITIONS = ['cmdline.txt', 'iomem.txt', 'uname.txt']

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(beside, join(entry.parentPath, entry.name)))
    .filter((file) => file !== 'README.md' && !file.startsWith('expected/'))
    .sort()
}

async function codeOf(paths: readonly string[]): Promise<UsageError | undefined> {
  try {
    await readMachine(paths.map((path) => join(beside, path)))
    return undefined
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
}

const text = (name: string, content: string): { name: string; bytes: Uint8Array } => ({
  name,
  bytes: new TextEncoder().encode(content),
})

const answers = ({ topology }: MachineReading): unknown => {
  const devices = matrixDevices(topology, 'all')
  const letters = letterMatrix(topology, devices)
  return devices.map((a, i) => [a.bdf, devices.map((_, j) => letters.at(i, j)).join('')])
}

describe('every file beside the repository', () => {
  if (!existsSync(beside)) {
    test('is not here', (context) => context.skip(`there is no folder ${beside}`))
    return
  }
  const files = filesBelow(beside)
  const insufficient = files.filter((file) => file.startsWith('insufficient/'))
  const additions = files.filter((file) => ADDITIONS.some((name) => file.endsWith(`/${name}`)))
  const whole = files.filter((file) => !insufficient.includes(file) && !additions.includes(file))

  test.each(whole)('%s is read, and every device has a place and a matrix', { timeout: 60_000 }, async (file) => {
    const { topology, sources } = await readMachine([join(beside, file)])
    expect(topology.functions.length).toBeGreaterThan(1)
    expect(sources.length).toBeGreaterThan(0)
    const devices = matrixDevices(topology, 'interesting')
    expect(letterMatrix(topology, devices).functions).toHaveLength(devices.length)
    expect(inspectTopology(topology, { pairs: 'none' }).devices).toHaveLength(topology.functions.length)
  })

  test.each(insufficient)('%s is refused, with the command to run', async (file) => {
    const error = await codeOf([file])
    expect([error?.code, error?.hint?.includes('sudo lspci -vvvnn')]).toEqual(['CAPTURE_TOO_LITTLE', true])
  })

  test.each(additions)('%s alone is too little', async (file) => {
    expect((await codeOf([file]))?.code).toBe('CAPTURE_TOO_LITTLE')
  })

  test('five files of one machine: one topology with kernel, RAM and windows, and no contradiction', async () => {
    const folder = 'lspci-text/macmini2018-egpu/'
    const five = files.filter((file) => file.startsWith(folder)).map((file) => join(beside, file))
    const { topology, contradictions, gaps } = await readMachine(five)
    expect(contradictions).toEqual([])
    expect([
      topology.kernelRelease,
      topology.memory.length > 0,
      topology.hostBridges.map(({ windows }) => windows.length > 0),
    ]).toEqual(['6.17.0-19-generic', true, [true]])
    expect(gaps).toHaveLength(1)
  })

  test('words and bytes of one file give the same answers, each alone', async () => {
    const both = readFileSync(join(beside, 'lspci-hex/alderlake-laptop-vvvxxxx.txt'), 'utf8')
    const words = both.replace(/^[0-9a-f]{2,3}:( [0-9a-f]{2}){16}\n/gm, '')
    const bytes = both.replace(/^\t.*\n/gm, '')
    const [fromBoth, fromWords, fromBytes] = await Promise.all(
      [both, words, bytes].map((content) => readMachine([text('a dump', content)])),
    )
    if (fromBoth === undefined || fromWords === undefined || fromBytes === undefined) throw new Error('three readings')
    expect(fromBoth.sources.map(({ format }) => format)).toEqual(['lspci hex', 'lspci text'])
    expect(fromBoth.contradictions).toEqual([])
    expect(answers(fromWords)).toEqual(answers(fromBoth))
    expect(answers(fromBytes)).toEqual(answers(fromBoth))
  })
})
