/**
 * Wrappers around the exporter, with the doors that any plugin has: whoever composes gives a plugin its hooks, so a wrapper
 * can give it hooks of its own and hand on what it taps, changed.
 */
import { createHooks, type DmaBuf, type Exporter, type ExporterFile, type Plugin, type Scope } from '@barter/core'

const DRIVER = 'vfio-pci'

export type Wrapper = (exporter: Plugin) => Plugin

/** **Shape** `view`: what the plugin is to see of a run; `change`: what becomes of the exporter that it made. */
function wrapped(view: (run: Scope) => Scope, change: (exporter: Exporter, run: Scope) => void): Wrapper {
  return (plugin) => ({
    name: plugin.name,
    apply: (host) => {
      const inner = createHooks()
      plugin.apply({ ...host, hooks: { ...host.hooks, exporter: inner.exporter } })
      host.hooks.exporter.for(DRIVER).tap(plugin.name, (run) => {
        const exporter = inner.exporter.get(DRIVER)?.call(view(run))
        if (exporter !== undefined) change(exporter, run)
        return exporter
      })
    },
  })
}

/** The exporter with methods put over its own. */
export const withExporter = (change: (exporter: Exporter, run: Scope) => void): Wrapper => wrapped((run) => run, change)

/** The exporter made with another view of the services of a run. */
export const withServices = (view: (run: Scope) => Scope): Wrapper => wrapped(view, () => undefined)

/** Every file of the exporter with methods put over its own. */
export const withFiles = (change: (file: ExporterFile, run: Scope) => void): Wrapper =>
  withExporter((exporter, run) => {
    const open = exporter.open.bind(exporter)
    exporter.open = function* (device, options) {
      const file = yield* open(device, options)
      change(file, run)
      return file
    }
  })

/** Every buffer of the exporter with methods put over its own. */
export const withBuffers = (change: (buffer: DmaBuf, run: Scope) => void): Wrapper =>
  withFiles((file, run) => {
    const lend = file.export.bind(file)
    file.export = function* (request) {
      const buffer = yield* lend(request)
      change(buffer, run)
      return buffer
    }
  })
