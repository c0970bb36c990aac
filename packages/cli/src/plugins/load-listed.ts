/** The plugins that somebody lists, with options that are set for one as it is listed or by its own name. */
import type { Plugin } from '@barter/core'
import { firstPartyName, usualName } from './first-party.ts'
import { loadPlugin, type PluginRequest } from './load-plugin.ts'

export interface ListedPlugin {
  /** As it is listed; of ours the short name. */
  readonly listed: string
  readonly plugin: Plugin
}

/**
 * In their order; what is set for a plugin that nobody lists comes after them, and is a plugin to be loaded.
 * **Shape** `settings`: the last one wins. **Errors** as `loadPlugin`.
 */
export async function loadListed(
  requests: readonly PluginRequest[],
  settings: readonly PluginRequest[],
  folders: readonly string[],
): Promise<readonly ListedPlugin[]> {
  const listed = requests.map((request) =>
    settings.filter(({ name }) => usualName(name) === usualName(request.name)).reduce(withOptions, request),
  )
  const rest = together(settings.filter(({ name }) => !listed.some((one) => usualName(one.name) === usualName(name))))
  const outside = rest.filter(({ name }) => firstPartyName(name) === undefined)
  const made = await Promise.all(
    listed.map((one) =>
      firstPartyName(one.name) === undefined ? loadOutside(one, outside, folders) : loadPlugin(one, folders),
    ),
  )
  const owned = made.map(({ name }) => name)
  const unlisted = rest.filter((one) => !(outside.includes(one) && owned.includes(one.name)))
  const more = await Promise.all(unlisted.map((one) => loadPlugin(one, folders, owned)))
  return [...listed, ...unlisted].flatMap(({ name }, i) => {
    const plugin = [...made, ...more][i]
    return plugin === undefined ? [] : [{ listed: usualName(name), plugin }]
  })
}

/** Each name once. */
function together(settings: readonly PluginRequest[]): readonly PluginRequest[] {
  const byName = new Map<string, PluginRequest>()
  for (const one of settings) {
    const name = usualName(one.name)
    byName.set(name, withOptions(byName.get(name) ?? { name, options: {} }, one))
  }
  return [...byName.values()]
}

const withOptions = ({ name, options }: PluginRequest, over: PluginRequest): PluginRequest => ({
  name,
  options: { ...options, ...over.options },
})

/** A path says nothing of what a plugin calls itself: that is known once it is made, and making one changes nothing. */
async function loadOutside(
  request: PluginRequest,
  settings: readonly PluginRequest[],
  folders: readonly string[],
): Promise<Plugin> {
  let failed: unknown
  try {
    const plugin = await loadPlugin(request, folders)
    const own = settings.find(({ name }) => name === plugin.name)
    return own === undefined ? plugin : await loadPlugin(withOptions(request, own), folders)
  } catch (error) {
    failed = error
  }
  // It may not come into being without what is set for it.
  for (const own of settings) {
    try {
      const plugin = await loadPlugin(withOptions(request, own), folders)
      if (plugin.name === own.name) return plugin
    } catch (error) {
      if (settings.length === 1) failed = error
    }
  }
  throw failed
}
