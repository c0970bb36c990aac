/** A system with the trait in it can be made, again and again, and what was given to it stays as it was. */
import { compose, type Platform, type Plugin, type Topology } from '@barter/core'
import { sim, simulate } from '@barter/sim'
import { BrokenPromise } from '../check/broken-promise.ts'
import { type Chapter, check } from '../check/check.ts'
import { Guard } from '../check/guard.ts'
import { kitMachine } from '../machine.ts'
import type { PlatformSpec } from './platform-spec.ts'

export function composition(spec: PlatformSpec): Chapter {
  const guard = new Guard(spec.plugin().name, spec.patience)
  const composed = (topology: Topology, before: readonly Plugin[] = [], after: readonly Plugin[] = []) =>
    guard.compose(() =>
      compose({
        topology,
        plugins: [sim(), ...before, ...(spec.plugins?.() ?? []), spec.plugin(), ...after],
        ...(spec.facts === undefined ? {} : { facts: spec.facts }),
      }),
    )
  const demandSame = (before: string, after: string, expected: string): void => {
    if (before === after) return
    const at = [...before].findIndex((char, i) => char !== after[i])
    const around = (text: string): string => text.slice(Math.max(0, at - 30), at + 50)
    throw new BrokenPromise({
      rule: 'hooks',
      expected,
      happened: [`it was …${around(before)}`, `and is …${around(after)}`],
      timeline: [],
    })
  }
  return {
    name: 'composition',
    checks: [
      check('hooks', 'the topology that it is given stays as it is', () => {
        const { topology } = kitMachine()
        const before = textOf(topology)
        composed(topology)
        demandSame(
          before,
          textOf(topology),
          'a tap of `topology` gives a new one, with registers of its own where it writes',
        )
      }),
      check('hooks', 'the same topology gives the same system', () => {
        const first = composed(kitMachine().topology)
        const second = composed(kitMachine().topology)
        const expected = 'what it makes of a machine depends on nothing else'
        demandSame(textOf(first.topology), textOf(second.topology), expected)
        demandSame(JSON.stringify(first.facts), JSON.stringify(second.facts), expected)
      }),
      check('hooks', 'what it does not change of a platform it hands on', () => {
        const seen: string[][] = []
        const look = (name: string, more: Partial<Platform> = {}): Plugin => ({
          name,
          apply: ({ hooks }) => {
            hooks.platform.tap(name, (platform) => {
              const whole = { ...more, ...platform }
              seen.push(Object.keys(whole))
              return whole
            })
          },
        })
        const system = composed(
          kitMachine().topology,
          [look('kit-before', { programAcs: () => undefined })],
          [look('kit-after')],
        )
        guard.compose(() => simulate(system, new Map(), { seed: 1, quiet: true }, {}))
        const [before = [], after = []] = seen
        const lost = before.filter((field) => !after.includes(field))
        if (lost.length === 0) return
        throw new BrokenPromise({
          rule: 'hooks',
          expected: 'a tap of `platform` returns { ...platform, … }: what others have put there stays',
          happened: [`it gives a platform without ${lost.join(', ')}`],
          timeline: [],
        })
      }),
      check('P2P-2', 'no function appears or goes, and bridges stay where they are', () => {
        const { topology } = kitMachine()
        const tree = (of: Topology): string =>
          of.functions.map(({ bdf, parent }) => `${bdf} below ${parent ?? 'the root'}`).join('; ')
        demandSame(
          tree(topology),
          tree(composed(topology).topology),
          'a trait shapes a machine and makes no other one of it',
        )
      }),
    ],
  }
}

/** Everything of it, registers too. */
const textOf = ({ functions, hostBridges, cpu, memory }: Topology): string =>
  JSON.stringify({
    functions: functions.map((fn) => ({ ...fn, config: fn.config.bytes.join(' ') })),
    hostBridges,
    cpu,
    memory,
  })
