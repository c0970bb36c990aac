/** Refuse taps once a system is composed: a late tap would make two runs of one system differ. */
import { HookMap, type SyncBailHook } from 'tapable'
import { UsageError } from './errors.ts'
import type { SystemHooks } from './hooks.ts'

interface Seal {
  close(): void
  /** Keys for which a hook map has been tapped, in order of the first tap. */
  namesOf(map: unknown): readonly string[]
}

interface Interceptable {
  intercept(interceptor: { register: (tap: { name: string }) => never }): void
}

/** **Errors** after `close`, tapping throws `UsageError` `TAP_LATE` naming the plugin. `event` stays open for watchers. */
export function sealHooks(hooks: SystemHooks): Seal {
  let closed = false
  const names = new Map<unknown, string[]>()
  const refuseLate = (hook: Interceptable, hookName: string): void => {
    hook.intercept({
      register: (tap) => {
        if (closed) {
          throw new UsageError('TAP_LATE', `${tap.name} taps ${hookName} after the system was composed`, {
            hint: 'tap in apply',
            plugin: tap.name,
          })
        }
        return tap as never
      },
    })
  }
  for (const [name, hook] of Object.entries(hooks)) {
    if (name === 'event') continue
    if (!(hook instanceof HookMap)) {
      refuseLate(hook, name)
      continue
    }
    const keys: string[] = []
    names.set(hook, keys)
    const byDriver = hook as unknown as HookMap<SyncBailHook<[unknown], unknown>>
    byDriver.intercept({
      factory: (key: unknown, made) => {
        keys.push(String(key))
        refuseLate(made, `${name}.for('${String(key)}')`)
        return made
      },
    })
  }
  return {
    close: () => {
      closed = true
    },
    namesOf: (map) => names.get(map) ?? [],
  }
}
