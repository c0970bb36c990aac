/**
 * Addresses that the DMA API gives: one that is in use is nobody else's, one that is given again leads to what it is given for,
 * and one that was given back leads nowhere.
 */
import { hex, type Step, type StepValue } from '@barter/core'
import { type Chapter, check } from '../check/check.ts'
import type { Demand, Played } from '../check/played.ts'
import type { ImporterStage } from '../importer/importer-stage.ts'
import { RAM } from '../borrower/borrowed-region.ts'
import { step } from '../step.ts'

/** How long a lazy flush may take (HAZ-13). **Units** ticks. */
const A_SECOND = 1_000_000
const PAGE = 0x1000
const LENGTH = 4 * PAGE
/** Of two buffers, each some pages of BAR 0. */
const PLACES = [0, 2 * LENGTH] as const
/** In each of them: in its first page and in its last. */
const SPOTS = [0, LENGTH - PAGE] as const

export function addresses(stage: ImporterStage): Chapter {
  const open = step('open', 'nvme')
  const lend = PLACES.map((offset, i) =>
    step('export', 'nvme', { bar: 0, ranges: [{ offset, length: LENGTH }], as: `buf${i}` }),
  )
  const bring = PLACES.map((_, i) => stage.import(`imp${i}`, 'near', `buf${i}`))
  const words = PLACES.map((_, i) =>
    SPOTS.map((offset) => {
      const data = `for buffer ${i}, at ${offset}`
      return {
        data,
        write: step('write', `imp${i}`, { data, length: data.length, offset }),
        peek: step('peek', 'nvme', { buffer: i, offset, length: data.length }),
      }
    }),
  )
  const write = words.map((ofBuffer) => ofBuffer.map((one) => one.write))
  const peek = words.flatMap((ofBuffer) => ofBuffer.map((one) => one.peek))
  const close = PLACES.map((_, i) => step('close', `imp${i}`))
  const demandWritten = (played: Played, demand: Demand): void => {
    for (const one of write.flat()) played.demandOk(one, demand)
    for (const one of words.flat()) played.demandValue(one.peek, one.data, demand)
    played.demandClean(demand)
  }
  return {
    name: 'addresses',
    checks: [
      check('DMA-8', 'two buffers that are mapped at once have addresses of their own', () => {
        const expected = 'each of two writes of one device, through one mapping each, lands in its own buffer'
        const played = stage.play({ user: [open, ...lend, ...bring, ...write.flat(), ...peek, ...close] })
        demandWritten(played, { rule: 'DMA-8', expected })
      }),
      check('DMA-6', 'an address that is given again leads to what it is given for', () => {
        const expected =
          'a buffer is mapped, written and unmapped, then another one: hardware has forgotten where the address led before'
        const turns = write.flatMap((some, i) => [bring[i], ...some, close[i]]).filter((one) => one !== undefined)
        const played = stage.play({ user: [open, ...lend, ...turns, ...peek] })
        demandWritten(played, { rule: 'DMA-6', expected })
      }),
      check('DMA-6', 'what is unmapped is the address that is given back, and no other', () => {
        const expected = 'of two buffers that are mapped at once the second is closed: the first is reached as before'
        // Without a packet, so that no cache knows them yet.
        const map = PLACES.map((_, i) => step('map', `imp${i}`))
        const rest = step('write', 'imp0', { data: 'still there', length: 11 })
        const look = step('peek', 'nvme', { buffer: 0, length: 11 })
        const played = stage.play({ user: [open, ...lend, ...bring, ...map, ...close.slice(1), rest, look] })
        played.demandOk(rest, { rule: 'DMA-6', expected })
        played.demandValue(look, 'still there', { rule: 'DMA-6', expected })
        played.demandClean({ rule: 'DMA-6', expected })
      }),
      check('HAZ-13', 'an address that was given back leads nowhere, a second later at the latest', () => {
        demandForgotten(stage)
      }),
    ],
  }
}

/** The address that `near` is given by the import `imp`, with nothing mapped before. */
function addressOf(stage: ImporterStage, demand: Demand): StepValue {
  const ask = step('address', 'imp')
  const played = stage.play({ user: [...stage.lend(), stage.import(), ask] })
  played.demandOk(ask, demand)
  return played.valueOf(ask)
}

const textOf = (found: StepValue): string => (typeof found === 'string' ? found : 'nobody')

/** Where a device reaches a BAR at that address though nobody ever mapped it, nothing is withdrawn either. */
function demandForgotten(stage: ImporterStage): void {
  const demand = {
    rule: 'HAZ-13',
    expected: `unmapped, and ${A_SECOND} us later: a packet to an address that was given before does not arrive, not in RAM either`,
  }
  const before = [...stage.lend(), stage.import()]
  const at = addressOf(stage, demand)
  for (const spot of SPOTS) demandNowhere(stage, before, Number(at) + spot, spot, demand)
}

/** **Shape** `at`: the address of the byte `spot` of the buffer. */
function demandNowhere(stage: ImporterStage, before: readonly Step[], at: number, spot: number, demand: Demand): void {
  const reach = step('reach', 'imp', { at })
  const reached = (...between: readonly Step[]): Played => stage.play({ user: [...before, ...between, reach] })
  if (!['', RAM].includes(textOf(reached().valueOf(reach)))) return
  const write = step('write', 'imp', { length: 64, offset: spot })
  const sleep = step('sleep', '', { ticks: A_SECOND })
  const played = reached(write, step('revoke', 'nvme'), sleep)
  played.demandOk(reach, demand)
  const found = played.valueOf(reach)
  played.demand(found === '', demand, `a packet of near to ${hex(at)} still arrives in ${textOf(found)}`)
  played.demandClean(demand)
}
