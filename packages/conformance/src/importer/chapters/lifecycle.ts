/** From import to close: what an importer does when nobody disturbs it. */
import { type Chapter, type Check, check } from '../../check/check.ts'
import { gone, lands, TEXT, TEXT_LENGTH, write } from '../../check/lands.ts'
import { reads, step } from '../../step.ts'
import type { ImporterStage } from '../importer-stage.ts'

export function lifecycle(stage: ImporterStage): Chapter {
  const { lend, prepare } = { lend: stage.lend(), prepare: (as?: string) => stage.prepare(as) }
  const { supports } = stage
  const peek = step('peek', 'nvme', { length: TEXT_LENGTH })
  return {
    name: 'lifecycle',
    checks: [
      check('IMP-1', 'it attaches as it declares', () => {
        const bring = stage.import()
        const played = stage.play({ user: [...lend, bring, gone] })
        const expected = `import attaches once, ${declared(supports)}`
        played.demandOk(bring, { rule: 'IMP-1', expected })
        const [seen, second] = played.ledger.attachments
        played.demand(
          seen !== undefined && second === undefined,
          { rule: 'IMP-1', expected },
          `${played.ledger.attachments.length} attachments`,
        )
        const same =
          seen?.dynamic === supports.dynamic &&
          seen.peer2peer === supports.peer2peer &&
          seen.revocable === supports.invalidate
        played.demand(
          same,
          { rule: 'IMP-1', expected },
          `it attached ${declared({ ...seen, invalidate: seen?.revocable })}`,
        )
        played.demandClean({ rule: 'IMP-1', expected })
      }),
      check('DMB-12', supports.pins ? 'it pins, as it declares' : 'it does not pin, as it declares', () => {
        const demand = {
          rule: 'DMB-12',
          expected: `an importer that declares pins: ${supports.pins} ${supports.pins ? 'pins before it maps' : 'never pins'}`,
        }
        const played = stage.play({ user: [...lend, stage.import(), ...prepare(), write, gone] })
        const { pins } = played.ledger
        played.demand(pins > 0 === supports.pins || !supports.dynamic, demand, `it pinned ${pins} times`)
        played.demandClean(demand)
      }),
      lands(
        stage,
        'INV-16',
        'what it writes lands where the buffer says',
        'the bytes written through the import are in the lent memory',
        { before: [...lend, stage.import(), ...prepare()], peek },
      ),
      check('INV-16', 'what it reads is what the memory holds', () => {
        const demand = {
          rule: 'INV-16',
          expected: 'a read through the import gives the bytes that were written before',
        }
        const read = reads('imp', TEXT)
        const part = reads('imp', TEXT.slice(6), 6)
        const use = [write, ...prepare(), read, ...prepare(), part]
        const played = stage.play({ user: [...lend, stage.import(), ...prepare(), ...use, gone] })
        played.demandOk(write, demand)
        for (const one of [read, part]) played.demandRead(one, demand)
        played.demandClean(demand)
      }),
      ...(supports.dynamic && supports.peer2peer ? [mapsBothWays(stage)] : []),
      check('INV-28', 'after close nothing of it is left', () => {
        const demand = {
          rule: 'INV-28',
          expected: 'close unmaps, unpins, detaches and drops the reference, so that the buffer is released',
        }
        const steps = [...lend, stage.import(), ...prepare(), write, gone, step('close', 'buf')]
        const played = stage.play({ user: steps })
        played.demandClean(demand)
      }),
      check('DMB-1', 'it holds a reference of its own: the descriptor may go first', () => {
        const demand = { rule: 'DMB-1', expected: 'an import works when user space has closed the buffer' }
        const played = stage.play({
          user: [...lend, stage.import(), step('close', 'buf'), ...prepare(), write, gone],
        })
        played.demandOk(write, demand)
        played.demandClean(demand)
      }),
      check('DMB-11', 'a process that just ends leaves nothing behind', () => {
        const demand = { rule: 'DMB-11', expected: 'the end of the process closes the import like any descriptor' }
        const played = stage.play({ user: [...lend, stage.import(), ...prepare(), write] })
        played.demandClean(demand)
      }),
      check('DMB-8', 'several imports of one buffer stand beside each other', () => {
        const demand = { rule: 'DMB-8', expected: 'each import works, and closing one leaves the others as they are' }
        const second = step('write', 'imp2', { length: 64 })
        const third = step('write', 'imp3', { length: 64 })
        const played = stage.play({
          user: [
            ...lend,
            stage.import(),
            stage.import('imp2'),
            stage.import('imp3', 'beside'),
            ...['imp', 'imp2', 'imp3'].flatMap((as) => prepare(as)),
            write,
            gone,
            second,
            step('close', 'imp2'),
            third,
            step('close', 'imp3'),
          ],
        })
        for (const one of [write, second, third]) played.demandOk(one, demand)
        played.demandClean(demand)
      }),
      lands(
        stage,
        'P2P-15',
        'it works through the host bridge as well',
        'an import on a root port of its own reaches the same memory',
        { before: [...lend, stage.import('imp', 'far'), ...prepare()], peek },
      ),
    ],
  }
}

function mapsBothWays(stage: ImporterStage): Check {
  return check('IMP-4', 'it maps for both directions', () => {
    const demand = {
      rule: 'IMP-4',
      expected: 'a peer maps bidirectional, whatever it means to do: map() and unmap() say so',
    }
    const read = step('read', 'imp', { length: 64 })
    const played = stage.play({ user: [...stage.lend(), stage.import(), ...stage.prepare(), write, read, gone] })
    const other = played.ledger.tables.find(({ direction }) => direction !== 'bidirectional')
    played.demand(other === undefined, demand, `it mapped ${other?.direction ?? ''}`)
    played.demandClean(demand)
  })
}

/** `dynamic, peer to peer, with a callback` */
function declared(facts: { dynamic?: boolean; peer2peer?: boolean; invalidate?: boolean | undefined }): string {
  return [
    facts.dynamic === true ? 'dynamic' : 'static',
    facts.peer2peer === true ? 'peer to peer' : 'not peer to peer',
    facts.invalidate === true ? 'with a callback' : 'without a callback',
  ].join(', ')
}
