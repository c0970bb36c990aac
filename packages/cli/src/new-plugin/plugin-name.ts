/** The name of a new driver, and what is made of it. */
import { pluginName } from '../errors.ts'
import { PLUGIN_KINDS } from './plugin-kinds.ts'

const MOST = 40
const SHAPE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
/** As of packages. */
const PREFIX = new RegExp(`^(?:barter-)?(?:(?:${PLUGIN_KINDS.join('|')})-)?`)

export interface PluginNames {
  /** As it was given: `my-card`. */
  readonly kebab: string
  /** `myCard` */
  readonly camel: string
  /** `MyCard` */
  readonly pascal: string
}

/** The other side of the story that comes with each kind. */
const NEEDED: Readonly<Record<string, string>> = { importer: 'vfio-pci', exporter: 'mlx5' }

/** **Errors** `PLUGIN_NAME`. */
export function readPluginName(name: string, kind: string): PluginNames {
  const shape = 'use small letters, digits and single dashes, a letter first, as in my-card'
  if (name.length > MOST) throw pluginName(name, `it has ${name.length} characters`, `use ${MOST} at most`)
  if (!SHAPE.test(name)) throw pluginName(name, 'it is also a folder, a package and a word of a scenario', shape)
  const rest = name.replace(PREFIX, '')
  if (rest !== name) {
    throw pluginName(name, `the package will be called barter-${kind}-${name}`, `leave the prefix out: ${rest}`)
  }
  if (name === NEEDED[kind]) {
    throw pluginName(name, 'the story of the project needs the driver of that name that comes along', 'choose another')
  }
  const words = name.split('-').map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
  const pascal = words.join('')
  return { kebab: name, camel: `${pascal.slice(0, 1).toLowerCase()}${pascal.slice(1)}`, pascal }
}
