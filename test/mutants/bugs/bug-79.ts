import { createHooks, type Import, type Plugin } from '@barter/core'
import { rdma, type RevokeStep, UMEM_REVOKE } from '@barter/importer-rdma'
import { bug } from '../bug.ts'
import { resetWhilePinned } from '../story.ts'

/** What a region of irdma can besides what any import can. */
interface Region extends Import {
  freeKey?(): void
}

/** The step knows no region, so the wrapper remembers the one that there is. */
function freeingEarly(): Plugin {
  let region: Region | undefined
  const freeKey: RevokeStep = {
    name: 'freeKey',
    rule: 'RDMA-6',
    *run() {
      region?.freeKey?.()
    },
  }
  const plugin = rdma({ irdmaRevoke: [...UMEM_REVOKE, freeKey] })
  return {
    name: plugin.name,
    apply: (host) => {
      const inner = createHooks()
      plugin.apply({ ...host, hooks: { ...host.hooks, importer: inner.importer } })
      host.hooks.importer.for('irdma').tap(plugin.name, (run) => {
        const importer = inner.importer.get('irdma')?.call(run)
        if (importer === undefined) return undefined
        region = undefined
        return {
          ...importer,
          *import(device, buffer, options) {
            region = yield* importer.import(device, buffer, options)
            return region
          },
        }
      })
    },
  }
}

export const BUG_79 = bug('BUG-79', {
  what: 'importer: irdma frees the key in its revoke',
  story: resetWhilePinned,
  wrong: { plugins: [freeingEarly()] },
  found: { invariant: 'INV-25' },
})
