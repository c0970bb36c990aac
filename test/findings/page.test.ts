/** docs/kernel-findings.md against what is there: scenarios, switches, rules, recordings. Its sessions are `npm run readme`'s. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SWITCHES } from '@barter/core'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'kernel-findings.md'), 'utf8')
const scenarios = readdirSync(join(root, 'examples', 'findings')).filter((name) => name.endsWith('.yaml'))

test('SW-5: every scenario has its session on the page, and the page names no other', () => {
  const named = [...page.matchAll(/barter run examples\/findings\/([\w-]+\.yaml)$/gm)].map(([, name]) => name)
  expect([...new Set(named)].sort()).toEqual(scenarios)
})

test('SW-5: every switch of a defect is told of, with the rule that core has for it, unless it is an alias or a fix', () => {
  const others = ['SW-LINK-OFFSET0', 'SW-STRICT-PM']
  for (const { id, rule } of SWITCHES.filter((one) => !others.includes(one.id))) {
    expect([id, page.includes(id), page.includes(rule)]).toEqual([id, true, true])
  }
})

test('links to sections lead to sections', () => {
  const headings = [...page.matchAll(/^#{2,3} (.+)$/gm)].map(([, text]) =>
    (text ?? '')
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  )
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter((anchor) => !headings.includes(anchor ?? ''))).toEqual([])
})

test('recordings that are named exist', (context) => {
  const folders = ['kernel-7.3.4', 'kernel-7.3.4-iommufd'].map((name) => join(root, '..', 'shared', 'data', name))
  context.skip(!folders.every((folder) => existsSync(folder)), 'the recordings are not beside this checkout')
  const there = folders.flatMap((folder) => readdirSync(folder))
  const named = [...page.matchAll(/`([\w-]+\.json)`/g)].map(([, name]) => name ?? '')
  expect(named.filter((name) => !there.includes(name))).toEqual([])
})
