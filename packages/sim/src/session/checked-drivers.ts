/**
 * Drivers as a run uses them: each call is looked at where its answer comes in. What is wrong there would be found all the
 * same, by code of ours that stumbles over it, and then nobody could tell whose mistake it is.
 */
import {
  type AccessResult,
  described,
  DmaBuf,
  driverBroken,
  hintOfValue,
  type Exporter,
  type ExporterFile,
  type Import,
  type Importer,
  type Op,
  operation,
  type Run,
  type UsageError,
} from '@barter/core'
import { YieldedWrong } from '../kernel/yielded-wrong.ts'

/** **Errors** `UsageError` `DRIVER_BROKEN`, of it and of all that it makes. */
export function checkedRun(run: Run): Run {
  const exporters = new Map<string, Exporter>()
  const importers = new Map<string, Importer>()
  return {
    ...run,
    exporter: (driver) => remembered(exporters, driver, () => checkedExporter(run.exporter(driver), driver)),
    importer: (driver) => remembered(importers, driver, () => checkedImporter(run.importer(driver), driver)),
  }
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make()
  known.set(key, found)
  return found
}

/** All but the name and the calls: one that is missing here is a type error, since plugins would lose it. */
type FieldsOf<T> = {
  readonly [
    K in Exclude<keyof T, 'driver'> as NonNullable<T[K]> extends (...args: never) => unknown ? never : K
  ]-?: true
}

const OF_EXPORTERS: FieldsOf<Exporter> = { controls: true, kind: true, tellsWhatItTouches: true }
const OF_IMPORTERS: FieldsOf<Importer> = {
  supports: true,
  kinds: true,
  options: true,
  controls: true,
  tellsWhatItTouches: true,
  needs: true,
  userOwned: true,
  node: true,
}

function checkedExporter(exporter: Exporter, driver: string): Exporter {
  demand(exporter, driver, 'an exporter', ['probe', 'remove', 'open'], ['controls'])
  const { setParameter, groupStatus } = exporter
  const checked: Calls<Exporter, typeof OF_EXPORTERS> = {
    driver,
    probe: (device) => operation(exporter.probe(device), 'probe', driver),
    remove: (device) => operation(exporter.remove(device), 'remove', driver),
    open: (device, options) => opened(operation(exporter.open(device, options), 'open', driver), driver),
    ...(setParameter === undefined
      ? {}
      : {
          setParameter: (name, value) => {
            setParameter.call(exporter, name, value)
          },
        }),
    ...(groupStatus === undefined
      ? {}
      : {
          groupStatus: (device, options) =>
            operation(groupStatus.call(exporter, device, options), 'groupStatus', driver),
        }),
  }
  return withFields(checked, exporter, OF_EXPORTERS)
}

function* opened(work: Op<ExporterFile>, driver: string): Op<ExporterFile> {
  const file = yield* named(work, 'open', driver)
  demand(file, driver, 'an open file', ['export', 'control', 'close'], ['device'])
  const { mmap } = file
  return {
    device: file.device,
    export: (request) => exported(operation(file.export(request), 'export', driver), driver),
    ...(mmap === undefined ? {} : { mmap: (request) => operation(mmap.call(file, request), 'mmap', driver) }),
    control: (name, args, call) => operation(file.control(name, args, call), `control ${name}`, driver),
    close: () => operation(file.close(), 'close', driver),
  }
}

function* exported(work: Op<DmaBuf>, driver: string): Op<DmaBuf> {
  const buffer = yield* named(work, 'export', driver)
  if (buffer instanceof DmaBuf) return buffer
  throw wrong(driver, 'export', buffer, 'a DmaBuf')
}

function checkedImporter(importer: Importer, driver: string): Importer {
  demand(importer, driver, 'an importer', ['probe', 'import'], ['supports'])
  const { importMapping } = importer
  const checked: Calls<Importer, typeof OF_IMPORTERS> = {
    driver,
    probe: (device) => operation(importer.probe(device), 'probe', driver),
    import: (device, buffer, options) =>
      imported(operation(importer.import(device, buffer, options), 'import', driver), driver),
    ...(importMapping === undefined
      ? {}
      : {
          importMapping: (device, mapping, options, call) =>
            imported(
              operation(importMapping.call(importer, device, mapping, options, call), 'importMapping', driver),
              driver,
            ),
        }),
  }
  return withFields(checked, importer, OF_IMPORTERS)
}

function* imported(work: Op<Import>, driver: string): Op<Import> {
  const made = yield* named(work, 'import', driver)
  demand(made, driver, 'an import', ['access', 'close'], [])
  return new CheckedImport(made, driver)
}

class CheckedImport implements Import {
  readonly control?: NonNullable<Import['control']>
  readonly #made: Import
  readonly #driver: string

  constructor(made: Import, driver: string) {
    this.#made = made
    this.#driver = driver
    const { control } = made
    if (control !== undefined) {
      // By a name first, as in ScenarioRun.
      const checked: NonNullable<Import['control']> = (name, args) =>
        operation(control.call(made, name, args), `control ${name}`, driver)
      this.control = checked
    }
  }

  access(request: Parameters<Import['access']>[0]): Op<AccessResult> {
    return accessed(operation(this.#made.access(request), 'access', this.#driver), this.#driver)
  }

  close(): Op<void> {
    return operation(this.#made.close(), 'close', this.#driver)
  }
}

function* accessed(work: Op<AccessResult>, driver: string): Op<AccessResult> {
  let result: AccessResult
  // As `named` does, without a generator more in each step of a transfer.
  try {
    result = yield* work
  } catch (error) {
    throw error instanceof YieldedWrong ? error.by(driver, 'access') : error
  }
  const { ok, status, data } = (result as Partial<AccessResult> | null | undefined) ?? {}
  if (typeof ok !== 'boolean' || typeof status !== 'string') {
    throw wrong(driver, 'access', result, 'a result with ok, true or false, and a status, a text')
  }
  if (data === undefined || data instanceof Uint8Array) return result
  throw wrong(driver, 'access', result, 'a result whose data are a Uint8Array, if it has any')
}

/** What it yields that is no wait was not known to be of this driver. */
function* named<T>(work: Op<T>, call: string, driver: string): Op<T> {
  try {
    return yield* work
  } catch (error) {
    throw error instanceof YieldedWrong ? error.by(driver, call) : error
  }
}

/** **Errors** `DRIVER_BROKEN`. **Shape** `what`: with its article. */
function demand(
  given: object | undefined,
  driver: string,
  what: string,
  methods: readonly string[],
  fields: readonly string[],
): void {
  const found = (given ?? {}) as Readonly<Record<string, unknown>>
  const method = methods.find((name) => typeof found[name] !== 'function')
  const field = fields.find((name) => typeof found[name] !== 'object' || found[name] === null)
  if (given !== undefined && method === undefined && field === undefined) return
  const lack = given === undefined ? 'there is none' : `it has no ${method === undefined ? field : `${method}()`}`
  const all = [...fields, ...methods.map((name) => `${name}()`)].join(', ')
  throw driverBroken(driver, `${what} is wanted, and ${lack}`, `${what} has ${all}`)
}

const wrong = (driver: string, call: string, given: unknown, wanted: string): UsageError =>
  driverBroken(
    driver,
    `${call} gives ${described(given)}, and has to give ${wanted}`,
    hintOfValue(given, 'hooks.md and the types say it'),
  )

type Calls<T, F> = Omit<T, keyof F>

/**
 * With those that are there, also when they are getters of a class. Each run makes these objects, so they are of one shape:
 * the fields are written into the object of the calls.
 */
function withFields<T extends object, F extends object>(calls: Calls<T, F>, from: T, fields: F): T {
  const made = calls as T
  for (const name in fields) {
    const key = name as unknown as keyof T
    if (from[key] !== undefined) made[key] = from[key]
  }
  return made
}
