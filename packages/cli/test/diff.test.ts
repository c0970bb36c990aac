/** `barter diff` as people see it. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
// Loaded before the clock of a test runs: on a busy machine that alone takes seconds.
import '../src/commands/diff.ts'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const captures = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures')
const file = (name: string): string => join(captures, `qemu-fabric-epyc-${name}.tar.gz`)

async function diff(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const terminal = recorded(captures)
  const exit = await runCommandLine(['diff', ...args], terminal)
  return { exit, ...terminal.written }
}

test('says whose verdict changed, and what changed around it', async () => {
  const { exit, out } = await diff(file('iommu'), file('disable-acs-redir'))
  expect(exit).toBe(1)
  const body = out.slice(out.indexOf('20 verdicts'))
  expect(body).toBe(`20 verdicts of 182 differ:
  03:00.0 <-> 04:00.0 host-bridge -> bus-addr
  03:00.0 <-> 07:00.0 host-bridge -> bus-addr
  03:00.0 <-> 08:00.0 host-bridge -> bus-addr
  03:00.0 <-> 09:00.0 host-bridge -> bus-addr
  04:00.0 <-> 07:00.0 host-bridge -> bus-addr
  04:00.0 <-> 08:00.0 host-bridge -> bus-addr
  04:00.0 <-> 09:00.0 host-bridge -> bus-addr
  07:00.0 <-> 08:00.0 host-bridge -> bus-addr
  07:00.0 <-> 09:00.0 host-bridge -> bus-addr
  08:00.0 <-> 09:00.0 host-bridge -> bus-addr

boot options
  + pci=disable_acs_redir=0000:00:03.0;0000:02:00.0;0000:02:01.0;0000:02:02.0;0000:06:00.0;0000:06:01.0

devices
  00:03.0 acs: SV+RR+CR+UF -> off
  02:00.0 acs: SV+RR+CR+UF -> off
  02:01.0 acs: SV+RR+CR+UF -> off
  02:02.0 acs: SV+RR+CR+UF -> off
  06:00.0 acs: SV+RR+CR+UF -> off
  06:01.0 acs: SV+RR+CR+UF -> off

IOMMU groups
  00:03.0, 01:00.0, 02:00.0, 02:01.0 and 10 more: in one group, were in 13
  groups
`)
})

test('of two that agree, and of one that cannot be known', async () => {
  const same = await diff(file('iommu'), file('iommu'))
  expect([same.exit, same.out.split('\n').slice(-3).join('\n')]).toEqual([
    0,
    'The verdicts of all 182 ordered pairs are the same.\nNothing else differs.\n',
  ])
  const open = await diff(file('iommu'), file('iommu-unprivileged'))
  expect(open.exit).toBe(3)
  expect(open.out).toContain('24 verdicts of 182 differ; 24 of them only in what is known:')
})

test('as JSON, with the names of both', async () => {
  const { out } = await diff(file('iommu'), file('noiommu'), '--json')
  expect(JSON.parse(out)).toMatchObject({ schema: 'barter.diff/1', names: { before: file('iommu') } })
})

test.each([[['nothing', 'x']], [[file('iommu'), 'nothing']], [[file('iommu')]]])(
  '%j is answered with exit code 2',
  async (args) => {
    const { exit, out } = await diff(...args)
    expect([exit, out]).toEqual([2, ''])
  },
)
