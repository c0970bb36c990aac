/** What a person can get wrong with this plugin. Refusals of the modelled kernel are `KernelError`s, thrown where they arise. */
import { UsageError } from '@barter/core'

const plugin = 'exporter-vfio-pci'

export const barLengthUnknown = (device: string, bar: number): UsageError =>
  new UsageError('BAR_LENGTH_UNKNOWN', `nobody knows how long BAR ${bar} of ${device} is`, {
    hint: 'take the topology from a source that has lengths, such as sysfs',
    plugin,
  })

export const controlArgument = (control: string, problem: string): UsageError =>
  new UsageError('CONTROL_ARGUMENT', `${control}: ${problem}`, {
    hint: `see the arguments of ${control} in the driver's help`,
    plugin,
  })

export const registerAbsent = (device: string, register: string): UsageError =>
  new UsageError('REGISTER_ABSENT', `${device} has no register ${register}`, {
    hint: 'name a register of a capability that the device has, or give an offset',
    plugin,
  })
