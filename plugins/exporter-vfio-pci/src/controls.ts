/** The words of user space that this driver understands beside the common ones, with their arguments. */
import { type Controls, handleField, type JsonSchema, sizeField, u64Field } from '@barter/core'
import { REGISTER_NAMES } from './config-space/registers.ts'

const shape = (
  properties: Readonly<Record<string, JsonSchema>> = {},
  required: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length === 0 ? {} : { required }),
})

const whole = (description: string, maximum = 0xffff_ffff): JsonSchema => ({
  type: 'integer',
  minimum: 0,
  maximum,
  description,
})

const place = {
  register: { enum: REGISTER_NAMES, description: 'name of a register; this or offset' },
  offset: sizeField('bytes from the start of configuration space'),
  width: { enum: [1, 2, 4], description: 'bytes; those of the register unless given' },
}
const region = whole('index: 0 to 5 are the BARs, 7 is configuration space')
const inRegion = { region, offset: sizeField('bytes from the start of the region; 0 unless given') }

const address = sizeField('the address')
const length = sizeField('bytes')

export const VFIO_CONTROLS: Controls = {
  info: { summary: 'what the open device says of itself (VFIO_DEVICE_GET_INFO)', args: shape() },
  regionInfo: {
    summary: 'size and abilities of a region (VFIO_DEVICE_GET_REGION_INFO)',
    args: shape({ region }, ['region']),
  },
  configRead: { summary: 'read configuration space through the device file', args: shape(place) },
  configWrite: {
    summary: 'write configuration space through the device file; some registers revoke',
    args: shape({
      ...place,
      value: u64Field('what to write'),
      or: u64Field('bits to add to what is read there, in place of value'),
    }),
  },
  pread: {
    summary: 'read a region through the device file',
    args: shape({ ...inRegion, length: sizeField('bytes; 4 unless given') }, ['region']),
  },
  pwrite: {
    summary: 'write a region through the device file',
    args: shape({ ...inRegion, data: { type: 'string', description: 'text; four zero bytes unless given' } }, [
      'region',
    ]),
  },
  reset: { summary: 'reset the function (VFIO_DEVICE_RESET); revokes around it', args: shape() },
  hotReset: {
    summary: 'reset the bus and every device on it (VFIO_DEVICE_PCI_HOT_RESET); revokes around it',
    args: shape(
      {
        groups: {
          type: 'array',
          items: { type: 'string' },
          description:
            'devices whose group files are passed; stdin stands for a file that is no group, closed for none; no device when bound to an iommufd',
        },
      },
      ['groups'],
    ),
  },
  hotResetInfo: { summary: 'which devices a hot reset takes', args: shape() },
  lowPower: {
    summary: 'let the device sleep (revokes) or keep it awake again',
    args: shape({ action: { enum: ['entry', 'entry-with-wakeup', 'exit'], description: 'which of the features' } }, [
      'action',
    ]),
  },
  feature: {
    summary: 'VFIO_DEVICE_FEATURE with every field in your hands; a buffer it makes is closed at once',
    args: shape(
      {
        feature: { type: ['integer', 'string'], description: 'dmaBuf or a number' },
        flags: {
          type: 'array',
          items: { type: 'string', pattern: '^(get|set|probe|bit(1[6-9]|2[0-9]|3[01]))$' },
          description: 'get, set, probe, or any other bit as bit19',
        },
        payloadBytes: whole('zero bytes behind the header, when there are no ranges', 0xffff),
        argsz: whole('length that the header claims; the true one unless given'),
        readable: whole('bytes of the request that lie in mapped memory; all unless given'),
        region: whole('region_index; 0 unless given'),
        ranges: {
          type: 'array',
          items: shape({ offset: u64Field('bytes'), length: u64Field('bytes') }, ['offset', 'length']),
          description: 'what user memory holds as ranges',
        },
        nrRanges: whole('nr_ranges; the number of ranges unless given'),
        openFlags: { type: 'array', items: { type: 'string' }, description: 'open_flags, of which nothing is checked' },
        flagsField: whole('flags of the payload; 0 unless given'),
      },
      ['feature', 'flags'],
    ),
  },
  bindIommufd: {
    summary: 'give a file of the character device access (VFIO_DEVICE_BIND_IOMMUFD); before it everything is EINVAL',
    args: shape({
      iommufd: handleField(
        'an iommufd; by a name of nobody one in which nothing is mapped, i0 unless given',
        ['iommufd'],
        'word',
      ),
    }),
  },
  attachIoas: {
    summary: 'let the device translate by an address space of its iommufd (VFIO_DEVICE_ATTACH_IOMMUFD_PT)',
    args: shape({ ioas: handleField('an address space, or a domain of one', ['ioas', 'hwpt'], 'number') }, ['ioas']),
  },
  detachIoas: { summary: 'let the device translate by nothing (VFIO_DEVICE_DETACH_IOMMUFD_PT)', args: shape() },
  dmaRead: {
    summary: 'let the device read into its buffer, from an address as it sees them',
    args: shape({ offset: address, length }, ['offset', 'length']),
  },
  dmaWrite: {
    summary: 'let the device write its buffer out, to an address as it sees them',
    args: shape({ offset: address, length }, ['offset', 'length']),
  },
  dmaCopy: {
    summary: 'let the device read at one address and write at another',
    args: shape({ from: address, to: address, length }, ['from', 'to', 'length']),
  },
  armInterrupts: {
    summary: 'set up MSI-X vectors (VFIO_DEVICE_SET_IRQS); decoding is on for as long',
    args: shape({ vectors: whole('how many', 2048) }, ['vectors']),
  },
  armError: { summary: 'arm the error interrupt, by which the driver tells of PCI errors', args: shape() },
  errorSeen: { summary: 'was the error interrupt signalled since the last look', args: shape() },
  armRequest: { summary: 'arm the request interrupt, by which an unbind asks for the device', args: shape() },
  requestSeen: { summary: 'was the request interrupt signalled since the last look', args: shape() },
}
