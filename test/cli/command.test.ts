/** The command as a whole: the demonstration, reports, modules, plugins from outside. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { barter, mainFile, missing, PROCESS_TIMEOUT, root } from './barter.ts'
import { called } from './called.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-cli-'))
const capture = join(root, 'examples', 'captures', 'qemu-fabric-epyc-iommu.tar.gz')
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.skipIf(missing !== undefined)('barter demo', { timeout: PROCESS_TIMEOUT }, () => {
  let told: ReturnType<typeof barter>
  beforeAll(() => {
    told = barter(['demo'], scratch)
  }, PROCESS_TIMEOUT)

  test('shows the machine, the story and both routes, in parts of less than 30 lines', () => {
    const { exit, out, err } = told
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    const parts = out.split(/\n(?=\d\. )/)
    expect(parts.map((part) => part.split('\n')[0])).toEqual([
      '1. The machine: a capture of /sys, and how each pair of its devices may talk',
      '2. A reset while a NIC writes, through the host bridge',
      '3. The same story over the two routes',
      '4. Every order of events',
      '5. The old way',
    ])
    // A counterexample is as long as it is.
    const told30 = parts.slice(0, -1).map((part) => part.trimEnd().split('\n').length)
    expect(told30.filter((lines) => lines >= 30)).toEqual([])
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('REV-2, REV-5, REV-8: tells what has to be told, in order', () => {
    const { out } = told
    const story = [
      /nic maps buf at IOVA/,
      /nic writes .* nvme BAR 2/,
      /buf is revoked \(REV-2\)/,
      /nic is told to let go of buf, and does/,
      /nvme goes dark: function level reset/,
      /nic may not map buf: ENODEV/,
      /nvme answers again/,
      /buf is live \(REV-5\)/,
      /nic maps buf at IOVA/,
      /nic writes .* nvme BAR 2/,
      /buf is dead/,
      /write mr: error \(local protection error/,
      /PASS/,
      /IOVA .* bus address 0xf4000000/,
    ]
    let at = 0
    for (const part of story) {
      const found = out.slice(at).search(part)
      expect(found, `${String(part)} after character ${at}`).toBeGreaterThanOrEqual(0)
      at += found + 1
    }
  })
})

describe.skipIf(missing !== undefined)('barter run', { timeout: PROCESS_TIMEOUT }, () => {
  const story = (steps: string, more = ''): string =>
    `export default {
      title: 't', machine: ${JSON.stringify(capture)}, ${more}
      devices: { nvme: { at: '0000:03:00.0', driver: 'vfio-pci' }, nic: { at: '0000:04:00.0', driver: 'probe' } },
      actors: { vmm: [{ open: 'nvme' }, ${steps}] },
    }`

  test('VFIO-9b: an outcome that was not expected is exit code 1, and the report says where', async () => {
    writeFileSync(
      join(scratch, 'refused.yaml'),
      `title: t
machine: ${capture}
devices: { nvme: { at: 0000:03:00.0, driver: vfio-pci }, nic: { at: 0000:04:00.0, driver: probe } }
actors:
  vmm:
    - open: nvme
    - { export: nvme, bar: 2, ranges: [{ offset: 64 MiB, length: 4 KiB }], expect: ENODEV }
`,
    )
    const { exit, out } = barter(['run', 'refused.yaml'], scratch)
    expect(exit).toBe(1)
    expect(out).toContain('FAIL  not everything that was expected held')
    expect(out).toContain('  NO   vmm, line 7: export nvme')
    expect(out).toContain('expected ENODEV, got EINVAL')
    const report = JSON.parse((await called(['run', 'refused.yaml', '--json'], scratch)).out)
    expect(report).toMatchObject({ schema: 'barter.run/1', verdict: 'fail', seed: 1 })
    expect(report.outcomes[1]).toMatchObject({
      met: false,
      place: { line: 7 },
      result: { errno: 'EINVAL', rule: 'VFIO-9b' },
    })
  })

  test('a module is a scenario too, with numbers of 64 bits', () => {
    writeFileSync(
      join(scratch, 'story.mjs'),
      story(
        `{ export: 'nvme', bar: 2, ranges: [{ offset: 2n ** 64n - 4096n, length: 4096 }], expect: ['EINVAL', 'EOVERFLOW'] }`,
      ),
    )
    const { exit, err, out } = barter(['run', 'story.mjs'], scratch)
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(out).toContain('PASS')
  })

  test('a plugin from outside is found beside the scenario and gives its driver', () => {
    const home = join(scratch, 'node_modules', 'barter-importer-fpga')
    mkdirSync(home, { recursive: true })
    symlinkSync(join(root, 'node_modules', '@barter'), join(scratch, 'node_modules', '@barter'))
    writeFileSync(
      join(home, 'package.json'),
      JSON.stringify({ name: 'barter-importer-fpga', type: 'module', exports: './i.js' }),
    )
    writeFileSync(
      join(home, 'i.js'),
      `import { done } from '@barter/core'
      const options = { type: 'object', additionalProperties: false, properties: { lanes: { type: 'integer', minimum: 1 } } }
      const imported = { *access() { return { ok: true, status: 'success' } }, *close() {} }
      const importer = {
        driver: 'fpga', options,
        supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
        probe: () => done(undefined),
        *import() { return imported },
      }
      export default () => ({ name: 'importer-fpga', apply: ({ hooks }) => { hooks.importer.for('fpga').tap('importer-fpga', () => importer) } })`,
    )
    const withFpga = (lanes: string): string =>
      story(
        `{ export: 'nvme', bar: 2, as: 'buf' }, { import: 'buf', on: 'nic', ${lanes}, as: 'mr' }, { write: 'mr', data: 'x' }`,
        `plugins: ['barter-importer-fpga'],`,
      ).replace("driver: 'probe'", "driver: 'fpga'")
    writeFileSync(join(scratch, 'fpga.mjs'), withFpga('lanes: 8'))
    expect(barter(['run', 'fpga.mjs'], scratch)).toMatchObject({ exit: 0, err: '' })
    writeFileSync(join(scratch, 'fpga-wrong.mjs'), withFpga('lane: 8'))
    const { exit, err } = barter(['run', 'fpga-wrong.mjs'], scratch)
    expect(exit).toBe(2)
    expect(err).toContain('fpga-wrong.mjs, actors.vmm[2].lane: unknown key lane\n  did you mean lanes?')
  })

  test.skipIf(!existsSync('/dev/full'))('a disk that is full is told', () => {
    const line = `${JSON.stringify(process.execPath)} ${JSON.stringify(mainFile)} explain HB-1 > /dev/full`
    const { status, stderr } = spawnSync('bash', ['-c', line], { cwd: root, encoding: 'utf8' })
    expect([status, stderr.split('\n')[1]]).toEqual([2, 'stdout cannot be written: ENOSPC'])
  })

  test('a reader that closes its end early is no error', () => {
    const line = `${JSON.stringify(process.execPath)} ${JSON.stringify(mainFile)} run examples/scenarios/memory-bit-off.yaml --json | head -c 20`
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: root, encoding: 'utf8' })
    expect(stdout).toBe('{\n  "schema": "barte')
    expect(stderr).toBe('')
  })
})
