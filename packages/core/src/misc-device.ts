/** A device that is no PCI function: a client that may attach to a buffer and can never map it (P2P-17, IFD-3). */
import type { Bdf } from './bdf.ts'
import { ConfigSpace } from './config-space.ts'
import type { Device } from './device.ts'
import type { Kernel } from './kernel.ts'

/** In the place of a bdf. No function has it, so looking it up fails. */
export const NO_BDF = 'no function' as Bdf

/** **Shape** `hangsOn`: its parent, of which only the distance makes something (P2P-18). */
export function miscDevice(name: string, kernel: Kernel, hangsOn?: Device): Device {
  return {
    name,
    bdf: NO_BDF,
    fn: {
      bdf: NO_BDF,
      parent: null,
      hostBridge: '',
      kind: 'endpoint',
      pcie: false,
      vendor: 0,
      device: 0,
      classCode: 0,
      config: new ConfigSpace(new Uint8Array(0)),
      bars: [],
    },
    // Nothing answers.
    config: { read: (_offset, width) => 2 ** (8 * width) - 1, write: () => undefined },
    lock: kernel.lock(`device(${name})`),
    dmaMaskBits: 64,
    p2p: undefined,
    notPci: true,
    ...(hangsOn === undefined ? {} : { hangsOn }),
  }
}
