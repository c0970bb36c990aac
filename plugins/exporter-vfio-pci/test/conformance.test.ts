import { describeExporter } from '@barter/conformance'
import { vfioPci } from '../src/index.ts'

const command = (value: number) => [{ verb: 'configWrite', args: { register: 'command', width: 2, value } }]
const lowPower = (action: string) => [{ verb: 'lowPower', args: { action } }]
const power = (value: number) => [{ verb: 'configWrite', args: { register: 'pmcsr', width: 2, value } }]

describeExporter({
  plugin: () => vfioPci(),
  driver: 'vfio-pci',
  takes: [
    { name: 'reset', words: [{ verb: 'reset' }], back: 'itself' },
    { name: 'the memory bit', words: command(4), back: command(6) },
    { name: 'D3hot', words: power(3), back: power(0) },
    { name: 'low power', words: lowPower('entry'), back: lowPower('exit') },
  ],
})
