/**
 * Drivers while schedules are explored: whatever runs in one on behalf of a device counts as code of that device's part,
 * so that a driver's own state needs no telling.
 */
import {
  type Device,
  done,
  drive,
  type Exporter,
  type ExporterFile,
  type Import,
  type Importer,
  type Kernel,
  type Op,
  type Part,
} from '@barter/core'

/** **Shape** `tells`: its code tells by itself what it touches. */
export type PartOf = (device: Device, tells?: boolean) => Part | undefined

export function watchExporter(exporter: Exporter, kernel: Kernel, partFor: PartOf): Exporter {
  const within = kernel.inside.bind(kernel)
  const parts = new Set<Part | undefined>()
  const partOf = (device: Device): Part | undefined => {
    const part = partFor(device, exporter.tellsWhatItTouches === true)
    parts.add(part)
    return part
  }
  return {
    ...exporter,
    probe: (device) => within(partOf(device), exporter.probe(device)),
    remove: (device) => within(partOf(device), exporter.remove(device)),
    open: (device, options) => openWatched(exporter, kernel, partOf(device), device, options),
    ...(exporter.setParameter === undefined
      ? {}
      : {
          setParameter: (name, value) => {
            exporter.setParameter?.(name, value)
            // It is of the whole module: code for any device may have looked at it.
            for (const part of parts) drive(kernel.inside(part, done(undefined)))
          },
        }),
    ...(exporter.groupStatus === undefined
      ? {}
      : { groupStatus: (device, options) => within(partOf(device), groupStatusOf(exporter, device, options)) }),
  }
}

function* openWatched(
  exporter: Exporter,
  kernel: Kernel,
  part: Part | undefined,
  ...[device, options]: Parameters<Exporter['open']>
): Op<ExporterFile> {
  return watchFile(yield* kernel.inside(part, exporter.open(device, options)), kernel, part)
}

function groupStatusOf(exporter: Exporter, ...args: Parameters<NonNullable<Exporter['groupStatus']>>) {
  if (exporter.groupStatus === undefined) throw new Error('a driver that had groups has none any more')
  return exporter.groupStatus(...args)
}

function watchFile(file: ExporterFile, kernel: Kernel, part: Part | undefined): ExporterFile {
  return {
    device: file.device,
    export: (request) => kernel.inside(part, file.export(request)),
    ...(file.mmap === undefined ? {} : { mmap: (request) => kernel.inside(part, mmapOf(file, request)) }),
    control: (name, args, call) => kernel.inside(part, file.control(name, args, call)),
    close: () => kernel.inside(part, file.close()),
  }
}

function mmapOf(file: ExporterFile, request: Parameters<NonNullable<ExporterFile['mmap']>>[0]) {
  if (file.mmap === undefined) throw new Error('a file that could be mapped cannot any more')
  return file.mmap(request)
}

export function watchImporter(importer: Importer, kernel: Kernel, partFor: PartOf): Importer {
  const { importMapping } = importer
  const partOf = (device: Device): Part | undefined => partFor(device, importer.tellsWhatItTouches === true)
  const made = (device: Device, work: ReturnType<Importer['import']>): ReturnType<Importer['import']> =>
    watchedImport(kernel, partOf(device), work)
  return {
    ...importer,
    probe: (device) => kernel.inside(partOf(device), importer.probe(device)),
    import: (device, buffer, options) => made(device, importer.import(device, buffer, options)),
    ...(importMapping === undefined
      ? {}
      : {
          importMapping: (device, mapping, options, call) =>
            made(device, importMapping.call(importer, device, mapping, options, call)),
        }),
  }
}

function* watchedImport(kernel: Kernel, part: Part | undefined, work: ReturnType<Importer['import']>) {
  const made = yield* kernel.inside(part, work)
  const watched: Import = {
    access: (request) => kernel.inside(part, made.access(request)),
    close: () => kernel.inside(part, made.close()),
    ...(made.control === undefined
      ? {}
      : { control: (name, args) => kernel.inside(part, controlOf(made, name, args)) }),
  }
  return watched
}

function controlOf(made: Import, ...[name, args]: Parameters<NonNullable<Import['control']>>) {
  if (made.control === undefined) throw new Error('an import that had words has none any more')
  return made.control(name, args)
}
