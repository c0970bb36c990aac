/** What the one who runs the machine can do to it while others use it: sysfs, setpci, the slot's button, a debugger. */
import type { JsonSchema } from './scenario.ts'
import { sizeField, u64Field } from './step-field.ts'
import { args, target, type VerbSpec } from './verb-spec.ts'

const device = target('a device')
const flag = (description: string): JsonSchema => ({ type: 'boolean', description })

export const HOST_VERBS = {
  boundDriver: {
    summary: 'is a function there, and which driver is bound to it',
    actsOn: ['device'],
    target: device,
    args: args(),
  },
  distance: {
    summary: 'how far a client is from a device that lends, by the P2PDMA core; -1 when they cannot talk',
    actsOn: ['device'],
    target: target('the device that lends'),
    args: args({ to: target('the client, or misc'), verbose: flag('tell the reasons in the log') }, ['to']),
  },
  groupStatus: {
    summary: 'open the IOMMU group of a device for user space, ask its status, and close it',
    actsOn: ['device'],
    target: device,
    args: args({ rawio: flag('false: by a process without CAP_SYS_RAWIO') }),
  },
  iommuLookup: {
    summary: 'what the IOMMU makes of an address that a device would send',
    actsOn: ['device'],
    target: target('the device that would send'),
    args: args({ address: sizeField('the address') }, ['address']),
  },
  parameter: {
    summary: 'change a parameter of the module of the driver of a device',
    actsOn: ['device'],
    target: device,
    args: args({ name: target('the parameter'), value: flag('on or off') }, ['name', 'value']),
  },
  pciError: {
    summary: 'let the PCI core be told of an error of a function (AER), and ask its driver',
    actsOn: ['device'],
    target: device,
    args: args(),
  },
  pretend: {
    summary: 'let the kernel believe another identity, or another ACS control word, of a function',
    actsOn: ['device'],
    target: device,
    args: args({
      id: { type: 'string', pattern: '^[0-9a-f]{4}:[0-9a-f]{4}$', description: 'vendor and device id' },
      acs: u64Field('ACS control word'),
    }),
  },
  resizeBar: {
    summary: 'resize a BAR through sysfs, which nobody may while a driver is bound',
    actsOn: ['device'],
    target: device,
    args: args({ bar: { type: 'integer', minimum: 0, maximum: 5, description: 'index of the BAR' } }, ['bar']),
  },
  setpci: {
    summary: 'read a register behind the driver, after changing it if something is to be written',
    actsOn: ['device'],
    target: device,
    args: args({
      register: {
        enum: ['command', 'status', 'pmcsr', 'devctl', 'bar2', 'acs'],
        description: 'by name; this or offset',
      },
      offset: sizeField('bytes from the start of configuration space'),
      width: { enum: [1, 2, 4], default: 2, description: 'bytes' },
      value: u64Field('the whole value'),
      set: u64Field('bits to set'),
      clear: u64Field('bits to clear'),
    }),
  },
  sysfsReset: {
    summary: 'reset a function through sysfs; its driver is not asked',
    actsOn: ['device'],
    target: device,
    args: args(),
  },
  unplug: {
    summary: 'press the attention button of the slot; the kernel removes the function some seconds later',
    actsOn: ['device'],
    target: device,
    args: args(),
  },
  virtualFunctions: {
    summary: 'switch the virtual functions of a physical one off, or their memory on and off',
    actsOn: ['device'],
    target: target('the physical function'),
    args: args({
      enable: { const: false, description: 'false: remove them' },
      memory: flag('memory space of all of them'),
    }),
  },
} as const satisfies Readonly<Record<string, VerbSpec>>
