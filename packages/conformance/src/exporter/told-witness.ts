/** An exporter as it is, and beside it a note of each word that it says to the judge, in order. */
import { createHooks, type Plugin, type Scope, type Token, WITNESS } from '@barter/core'

const WORDS = ['revoking', 'told', 'revoked', 'restored'] as const
export type WitnessWord = (typeof WORDS)[number]

/** **Shape** `said` hears the word and the buffer. */
export function tellingWitness(
  plugin: Plugin,
  driver: string,
  said: (word: WitnessWord, buffer: string) => void,
): Plugin {
  return {
    ...plugin,
    apply: (host) => {
      const inner = createHooks()
      plugin.apply({ ...host, hooks: { ...host.hooks, exporter: inner.exporter } })
      host.hooks.exporter.for(driver).tap(plugin.name, (run) => inner.exporter.get(driver)?.call(listening(run, said)))
    },
  }
}

function listening(run: Scope, said: (word: WitnessWord, buffer: string) => void): Scope {
  const witness = run.get(WITNESS)
  const heard = Object.fromEntries(
    WORDS.map((word) => [
      word,
      (buffer: string, why = '') => {
        said(word, buffer)
        witness[word](buffer, why)
      },
    ]),
  )
  const listener = new Proxy(witness, {
    get: (of, key) => {
      const known: unknown = heard[String(key)] ?? Reflect.get(of, key)
      return typeof known === 'function' ? (known.bind(of) as unknown) : known
    },
  })
  const isWitness = ({ key }: Token<unknown>): boolean => key === WITNESS.key
  return {
    get: <T>(token: Token<T>) => (isWitness(token) ? (listener as T) : run.get(token)),
    find: <T>(token: Token<T>) => (isWitness(token) ? (listener as T) : run.find(token)),
    provide: (token, make) => {
      run.provide(token, make)
    },
  }
}
