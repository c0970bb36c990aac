/** The words of user space that an open `p2pmem` device understands beside the common ones. */
import { type Controls, type JsonSchema, sizeField } from '@barter/core'

const shape = (
  properties: Readonly<Record<string, JsonSchema>> = {},
  required: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length === 0 ? {} : { required }),
})

const flag = (description: string, otherwise: boolean): JsonSchema => ({
  type: 'boolean',
  default: otherwise,
  description,
})

export const P2PMEM_CONTROLS: Controls = {
  addResource: {
    summary: 'make struct pages for a piece of a BAR (pci_p2pdma_add_resource)',
    args: shape(
      {
        bar: { type: 'integer', minimum: 0, maximum: 5, description: 'index of the BAR' },
        offset: sizeField('bytes from the start of the BAR; 0 unless given'),
        size: sizeField('bytes; 0, or not given, for the rest of the BAR'),
      },
      ['bar'],
    ),
  },
  publish: {
    summary: 'let others find the memory of this device',
    args: shape({ on: flag('false takes it back', true) }),
  },
  find: {
    summary: 'which device with published memory is nearest to these',
    args: shape({ clients: { type: 'array', items: { type: 'string' }, description: 'devices that are to use it' } }, [
      'clients',
    ]),
  },
  p2pmem: { summary: 'size, available and published, as in sysfs', args: shape() },
  pageMapType: {
    summary: 'how a client would reach the struct page at an address; none for ordinary memory',
    args: shape({ address: sizeField('CPU address'), client: { type: 'string', description: 'the device' } }, [
      'address',
      'client',
    ]),
  },
  pinPages: {
    summary: 'take the pages of a user mapping (pin_user_pages)',
    args: shape({
      p2pdma: flag('the caller knows P2P pages: FOLL_PCI_P2PDMA', false),
      longterm: flag('for longer than one request: FOLL_LONGTERM', false),
    }),
  },
}
