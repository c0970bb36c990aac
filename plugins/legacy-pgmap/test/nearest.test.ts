import { type Device, NO_BDF, p2pDistance, sgtServices } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { distanceMany, findMany } from '../src/index.ts'
import { type House, memoryOf } from './machine.ts'

const HOST_WITHOUT_PEERS = '8086:1237'

function asked(house: House = {}) {
  const { memory, device, trace, run } = memoryOf(house)
  const services = sgtServices(run.scope)
  const publish = (...names: readonly string[]) => {
    for (const name of names) {
      memory.addResource(device(name), { bar: name === 'store' ? 2 : 0, offset: 0, size: 0 })
      memory.publish(device(name), true)
    }
  }
  const find = (...clients: readonly string[]) => memory.find(clients.map(device))?.name
  const sum = (provider: string, clients: readonly string[], verbose = false) =>
    distanceMany(services, device(provider), clients.map(device), verbose)
  return { memory, device, trace, services, publish, find, sum }
}

describe('P2P-26: distances of many', () => {
  test('P2P-26: nobody to ask is -1', () => {
    expect(asked().sum('store', [])).toBe(-1)
  })

  test('P2P-26: the sum of the distances, each counted as often as it is asked', () => {
    const { services, device, sum } = asked()
    const one = p2pDistance(services, device('store'), device('nic'), false)
    expect(one).toBe(4)
    expect(sum('store', ['nic', 'nic', 'store'])).toBe(2 * one)
    expect(sum('store', ['nic', 'far'])).toBeGreaterThan(one)
  })

  test('P2P-26: one that cannot makes it -1; the others are looked at only when the reasons are wanted', () => {
    const house = { hostBridge: HOST_WITHOUT_PEERS }
    const about = (verbose: boolean) => {
      const { sum, trace } = asked(house)
      expect(sum('store', ['far', 'nic', 'far'], verbose)).toBe(-1)
      return trace.events.filter((event) => event.kind === 'log' && event.code === 'no-common-bridge').length
    }
    expect([about(false), about(true)]).toEqual([0, 2])
  })

  test('P2P-26: a client that is no PCI device ends it at once', () => {
    const { services, device, trace } = asked()
    const misc = { ...device('nic'), name: 'misc', bdf: NO_BDF, notPci: true } as Device
    expect(distanceMany(services, device('store'), [misc, device('far')], true)).toBe(-1)
    expect(trace.events.filter((event) => event.kind === 'log').map((event) => event.rule)).toEqual(['P2P-34'])
  })
})

describe('P2P-27: the nearest provider', () => {
  test('PGM-7: only published memory is found', () => {
    const { memory, device, publish, find } = asked()
    expect(find('nic')).toBeUndefined()
    publish('store')
    expect(find('nic')).toBe('store')
    memory.publish(device('store'), false)
    expect(find('nic')).toBeUndefined()
  })

  test('P2P-27: the one below the same switch wins over the one behind another root port', () => {
    const { publish, find } = asked()
    publish('far', 'card')
    expect(find('nic')).toBe('card')
    expect(find('far')).toBe('far')
  })

  test('P2P-27: nobody, when one of the clients can talk to none of them', () => {
    const { publish, find } = asked({ hostBridge: HOST_WITHOUT_PEERS })
    publish('store')
    expect([find('nic'), find('nic', 'far')]).toEqual(['store', undefined])
  })

  test('P2P-27: the list of equals is one page, and those that come later are dropped', () => {
    const { services, device } = asked()
    const providers = [device('store'), device('card')]
    const found = (pageSize: number) => {
      const small = { ...services, facts: { ...services.facts, pageSize } }
      return findMany(small, providers, [device('nic')], (limit) => limit - 1)?.name
    }
    expect([found(8), found(16)]).toEqual(['store', 'card'])
  })

  test('P2P-27: among equals chance decides, and a seed decides chance', () => {
    const found = (seed: number) => {
      const { publish, find } = asked({ seed })
      publish('store', 'card')
      return Array.from({ length: 8 }, () => find('nic')).join(' ')
    }
    const runs = [1, 2, 3, 4].map(found)
    expect(new Set(runs.join(' ').split(' '))).toEqual(new Set(['store', 'card']))
    expect([1, 2, 3, 4].map(found)).toEqual(runs)
  })
})
