/** Mistakes of whoever takes struct pages away. */
import { nearest, NO_PGMAP_ARCHS, PGMAP_ARCHS, UsageError } from '@barter/core'

export const noPgmapArch = (arch: string): UsageError =>
  new UsageError('NO_PGMAP_ARCH', `there is no architecture ${arch}`, {
    hint:
      nearest(arch, [...NO_PGMAP_ARCHS, ...PGMAP_ARCHS]) ??
      `use one without struct pages for MMIO: ${NO_PGMAP_ARCHS.join(', ')}; or one whose kernel is built without`,
    plugin: 'platform-no-pgmap',
  })
