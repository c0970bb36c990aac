// A machine of one switch below one root port: a drive that lends, and NICs beside it.
import { buildTopology } from '@barter/core'

/** **Shape** the drive is `nvme`. */
export function oneSwitch(nics) {
  const bars = [{ index: 0, length: '64 KiB', kind: 'mem64' }]
  const ports = [
    { below: [{ endpoint: 'nvme', bars }] },
    ...nics.map((nic) => ({ below: [{ endpoint: nic, class: 'nic' }] })),
  ]
  return buildTopology({ hostBridges: [{ devices: [{ rootPort: 'rp', below: [{ switch: 'sw', ports }] }] }] })
}
