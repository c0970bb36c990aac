import { UNWATCHED_TURNS } from '@barter/core'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { lend, type Story } from '../story.ts'
import { withBuffers } from '../wrap.ts'

const refusedAttach: Story = {
  title: 'an importer that is refused, then the buffer goes',
  actors: { vmm: [...lend, step('import', 'buf', { on: 'nic', expect: ['EOPNOTSUPP'] }), step('close', 'buf')] },
  house: { nic: { peer2peer: false } },
}

const twoBorrowers: Story = {
  title: 'a reset while two regions hold the buffer',
  actors: {
    vmm: [...lend, step('reset', 'nvme')],
    nic: [
      step('import', 'buf', { on: 'nic', as: 'one', expect: ['ok', 'ENODEV'] }),
      step('import', 'buf', { on: 'nic', as: 'two', expect: ['ok', 'ENODEV'] }),
    ],
  },
}

/** The exporter is asked when the attachment is on the list already. */
const listedFirst = withBuffers((buffer) => {
  const { attach } = buffer.ops
  const list = buffer.attach.bind(buffer)
  Object.assign(buffer, { ops: { ...buffer.ops, attach: undefined } })
  buffer.attach = function* (device, ops) {
    const attachment = yield* list(device, ops)
    if (attach !== undefined) yield* attach(attachment)
    return attachment
  }
})

const onlyFirst = withBuffers((buffer) => {
  buffer.invalidate = function* () {
    const [first] = buffer.attachments
    if (first !== undefined) yield* first.invalidate(UNWATCHED_TURNS)
  }
})

export const BUG_84 = bug(
  'BUG-84',
  {
    what: 'dma-buf: an attachment is listed before the exporter has accepted it',
    story: refusedAttach,
    wrong: { wrap: listedFirst },
    found: { rule: 'DMB-6' },
  },
  {
    what: 'dma-buf: only the first attachment is told',
    story: twoBorrowers,
    wrong: { wrap: onlyFirst },
    found: { rule: 'REV-2' },
  },
)
