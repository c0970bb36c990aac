/** What a map gave, as a recording writes it (section *Mapping results* of the format). */
import { fieldsOf, hexText, list, number, object, text } from '../json-value.ts'
import type { Json, JsonObject, RecordedBar } from '../recording.ts'
import type { Exported, Stage } from '../stage.ts'
import { type Done, isOk, plainSaw } from '../word.ts'
import { logOf } from './kernel-log.ts'

/** More entries than this are cut down to the first few. */
const MOST_ENTRIES = 24
const SHOWN_ENTRIES = 8
const MOST_TRANSLATIONS = 8

const MAP_TYPES: Readonly<Record<string, string>> = {
  'bus-addr': 'BUS_ADDR',
  'thru-host-bridge': 'THRU_HOST_BRIDGE',
  'not-supported': 'NOT_SUPPORTED',
}

/** Places in the buffer that a recording asks the IOMMU for: the start of each range, up to eight, and the last page. */
export function translatedOffsets(exported: Exported | undefined, pageSize: number): readonly number[] {
  if (exported === undefined) return []
  const starts: number[] = []
  let size = 0
  for (const { length } of exported.ranges) {
    starts.push(size)
    size += length
  }
  const asked = starts.slice(0, MOST_TRANSLATIONS)
  const last = size - pageSize
  return last < 0 || asked.includes(last) ? asked : [...asked, last]
}

/** **Shape** `map` is the map itself, `translate` what the IOMMU then held; both of the same attachment. */
export function mappingResult(
  map: Done | undefined,
  translate: Done | undefined,
  exported: Exported | undefined,
  stage: Stage,
): JsonObject {
  if (map === undefined || !isOk(map)) return { ...plainSaw(map), mapType: refusedType(map), ...logOf([map]) }
  const table = fieldsOf(map)
  const bar = exported === undefined ? undefined : stage.bar(exported.device, exported.region)
  const entries = list(table.entries).map(object)
  const iova = table.addressKind === 'iova'
  const start = number(table.addressKind === 'bus' ? bar?.bus : bar?.phys)
  return {
    ok: true,
    mapType: MAP_TYPES[text(table.mapType)] ?? null,
    addressKind: table.addressKind ?? null,
    nents: entries.length,
    origNents: table.origNents ?? null,
    total: hexText(table.total),
    entries: shown(entries).map(({ address, length }) => ({
      length: hexText(length),
      address: hexText(address),
      ...(iova ? {} : { barOffset: hexText(number(address) - start) }),
    })),
    ...(entries.length > MOST_ENTRIES ? { entriesOmitted: entries.length - SHOWN_ENTRIES } : {}),
    ...(entries.length >= 2 ? { contiguous: isContiguous(entries) } : {}),
    ...(iova ? { translation: translations(translate, bar) } : {}),
    ...logOf([map]),
  }
}

/** What the P2PDMA core had answered before the map failed; `null` when it was not asked. */
function refusedType(map: Done | undefined): Json {
  const refusal = map?.events.findLast((event) => event.kind === 'map')
  const mapType = refusal?.kind === 'map' ? refusal.mapType : undefined
  return mapType === undefined ? null : (MAP_TYPES[mapType] ?? null)
}

const shown = (entries: readonly JsonObject[]): readonly JsonObject[] =>
  entries.length > MOST_ENTRIES ? entries.slice(0, SHOWN_ENTRIES) : entries

function isContiguous(entries: readonly JsonObject[]): boolean {
  return entries.every((entry, i) => {
    const before = entries[i - 1]
    return before === undefined || number(before.address) + number(before.length) === number(entry.address)
  })
}

function translations(translate: Done | undefined, bar: RecordedBar | undefined): readonly Json[] {
  return list(fieldsOf(translate).places)
    .map(object)
    .map(({ offset, physical }) => ({ offset: hexText(offset), barOffset: placeInBar(physical, bar) }))
}

/** Offset in the BAR of a physical address; `null` for none, and outside. */
export function placeInBar(physical: Json | undefined, bar: RecordedBar | undefined): Json {
  if (typeof physical !== 'number' || bar === undefined) return null
  const offset = physical - number(bar.phys)
  return offset >= 0 && offset < number(bar.length) ? hexText(offset) : null
}
