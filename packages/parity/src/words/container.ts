/** The older way: a type1 container that maps what the CPU has mapped, and what an IOMMU holds for an address. */
import { fieldsOf, hexText, number, object, text } from '../json-value.ts'
import { DEFAULT_CONTAINER } from '../stage.ts'
import { oneStep, plainSaw, saw, type Word } from '../word.ts'
import { placeInBar } from './mapping-result.ts'

export const type1Map: Word = oneStep(({ args }, stage) => {
  const { device, region, offset } = object(args.source)
  return {
    verb: 'type1Map',
    target: stage.fileInContainer(text(args.container) || DEFAULT_CONTAINER),
    args: {
      iova: text(args.iova),
      length: text(args.length),
      device: stage.device(device),
      region: number(region),
      offset: number(offset),
    },
  }
})

export const type1Unmap: Word = oneStep(
  ({ args }, stage) => ({
    verb: 'type1Unmap',
    target: stage.fileInContainer(text(args.container) || DEFAULT_CONTAINER),
    args: { iova: text(args.iova), length: text(args.length) },
  }),
  (done) => ({ length: hexText(fieldsOf(done).length) }),
)

export const translate: Word = ({ args }, stage) => {
  const { iova } = object(args.via)
  const { device, region } = object(args.target)
  const bar = stage.bar(stage.recorded(device), number(region))
  return {
    steps: [{ verb: 'iommuLookup', target: stage.device(args.client), args: { address: number(iova) } }],
    saw: ([done]) => {
      const result = plainSaw(done)
      return saw(result.ok === true ? { ok: true, barOffset: placeInBar(fieldsOf(done).physical, bar) } : result)
    },
  }
}
