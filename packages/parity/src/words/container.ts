/** The older way: a type1 container that maps what the CPU has mapped, and what an IOMMU holds for an address. */
import { fieldsOf, hexText, number, object, text } from '../json-value.ts'
import type { JsonObject } from '../recording.ts'
import { DEFAULT_CONTAINER, type Stage } from '../stage.ts'
import { isOk, plainSaw, saw, type Word, worst } from '../word.ts'
import { mappingOf } from './cpu.ts'
import { placeInBar } from './mapping-result.ts'

const containerOf = (args: JsonObject): string => text(args.container) || DEFAULT_CONTAINER

/** A device of the container is given an address for a piece of the CPU's mapping of a BAR. */
export const type1Map: Word = ({ args }, stage) => {
  const { device, region, offset } = object(args.source)
  const source = { device: device ?? null, region: region ?? null }
  const { mapping, steps } = mappingOf(source, stage)
  const container = containerOf(args)
  const as = stage.make('container mapping', undefined)
  const length = number(args.length)
  stage.noteContainerMapping(container, { handle: as, iova: number(args.iova), length })
  const made = stage.container(container)
  const options = { iova: number(args.iova), offset: number(offset), length, container: made.container }
  const on = deviceIn(container, stage.device(device), stage)
  return {
    steps: [
      ...made.steps,
      ...steps,
      { verb: 'import', target: mapping, as, args: { on, driver: 'type1', ...options } },
    ],
    saw: (done) => saw(plainSaw(worst(done))),
  }
}

/** Gives how much was unmapped: all that lies in the range, which need not be anything. */
export const type1Unmap: Word = ({ args }, stage) => {
  const start = number(args.iova)
  const end = start + number(args.length)
  if (stage.recording.iommu.mode === 'none') return { steps: [], saw: () => ({ notComparable: 'container-kind' }) }
  const gone = stage.takeContainerMappings(containerOf(args), start, end)
  return {
    steps: gone.map(({ handle }) => ({ verb: 'close', target: handle })),
    saw: (done) => {
      const length = gone.reduce((sum, one, i) => sum + (isOk(done[i]) ? one.length : 0), 0)
      return saw({ ok: true, length: hexText(length) })
    },
  }
}

export const translate: Word = ({ args }, stage) => {
  const { iova, pa } = object(args.via)
  const address = pa === undefined ? number(iova) : stage.spaces.address(pa)
  if (address === undefined) return { steps: [], saw: () => ({ notComparable: 'physical-address' }) }
  const { device, region } = object(args.target)
  const bar = stage.bar(stage.recorded(device), number(region))
  return {
    steps: [{ verb: 'iommuLookup', target: stage.device(args.client), args: { address } }],
    saw: ([done]) => {
      const result = plainSaw(done)
      return saw(result.ok === true ? { ok: true, barOffset: placeInBar(fieldsOf(done).physical, bar) } : result)
    },
  }
}

/** The container translates for all its devices; the driver of the model is told of one, best not of the source. */
function deviceIn(container: string, source: string, stage: Stage): string {
  const devices = stage.devicesIn(container)
  return devices.findLast((device) => device !== source) ?? source
}
