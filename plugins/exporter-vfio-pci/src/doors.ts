/** Who has a device open: files through its group and through its own character device, and what they share. */
import {
  hashOfText,
  type IommufdDevice,
  type Kernel,
  mixA,
  type SavedState,
  type Shared,
  SharedCount,
} from '@barter/core'
import type { BarClaims } from './bar-claims.ts'
import type { VirtualConfig } from './config-space/virtual-config.ts'
import { savedWord } from './saved-word.ts'

/** What exists from the first open to the last close. */
export interface OpenState {
  readonly config: VirtualConfig
  readonly claims: BarClaims
  /** The reset at open worked, so user space may ask for more (TRG-9). */
  readonly resetWorks: boolean
  /** Registers as they were then; they come back at close. */
  readonly saved: SavedState
}

export class Doors {
  /** Files, also those of the character device that may not use it yet. */
  readonly files: SharedCount
  /** Files of its group, also those that are only being opened: no other door opens meanwhile. */
  readonly groupFiles: SharedCount
  /** Files that may use it. **Locks** that of the set. */
  readonly openCount: SharedCount
  /** For explorers: what the files share; the iommufd. */
  readonly #sharedOpen: Shared
  readonly #sharedOwner: Shared
  #open: OpenState | undefined
  /** How often it was opened for the first time, and one word for what came of that. */
  #openings = 0
  #openWord = 0
  #iommufd: string | undefined
  #bound: IommufdDevice | undefined

  constructor(kernel: Kernel) {
    this.files = new SharedCount(kernel, 'files of a device')
    this.groupFiles = new SharedCount(kernel, 'files of a group')
    this.openCount = new SharedCount(kernel, 'open count of a device')
    this.#sharedOpen = kernel.shared('open state of a device')
    this.#sharedOwner = kernel.shared('iommufd of a device')
  }

  get open(): OpenState | undefined {
    this.#sharedOpen.readValue(this.#openWord)
    return this.#open
  }

  set open(open: OpenState | undefined) {
    this.#open = open
    if (open !== undefined) this.#openings++
    this.#openWord = open === undefined ? 0 : mixA(mixA(this.#openings, open.resetWorks ? 1 : 0), savedWord(open.saved))
    this.#sharedOpen.writeValue(this.#openWord)
  }

  /** The iommufd that it is bound to, while it is open through its character device. */
  get iommufd(): string | undefined {
    this.#sharedOwner.readValue(this.#ownerWord)
    return this.#iommufd
  }

  set iommufd(name: string | undefined) {
    this.#iommufd = name
    this.#sharedOwner.writeValue(this.#ownerWord)
  }

  /** The device in the hands of an iommufd, whichever door it is open through. */
  get bound(): IommufdDevice | undefined {
    this.#sharedOwner.readValue(this.#ownerWord)
    return this.#bound
  }

  set bound(bound: IommufdDevice | undefined) {
    this.#bound = bound
    this.#sharedOwner.writeValue(this.#ownerWord)
  }

  get #ownerWord(): number {
    return mixA(hashOfText(this.#iommufd ?? ''), this.#bound === undefined ? 0 : 1)
  }
}
