import { bug } from '../bug.ts'
import { withProviders } from '../with-providers.ts'
import { ofFirstBar, secondWindow } from './bug-17.ts'

export const BUG_70 = bug(
  'BUG-70',
  {
    what: 'provider: the bus offset is subtracted',
    story: secondWindow,
    wrong: { wrap: withProviders((provider) => ({ ...provider, busOffset: -provider.busOffset })) },
    found: { invariant: 'INV-16' },
  },
  {
    what: "provider: BAR 0's offset for all BARs",
    story: secondWindow,
    wrong: { wrap: ofFirstBar },
    found: { invariant: 'INV-16' },
  },
)
