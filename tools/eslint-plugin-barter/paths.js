import { readFileSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** The root of the repository and the path of the linted file in it, as the configuration says. */
export function place(context) {
  const root = context.settings.barter?.root
  if (typeof root !== 'string') throw new Error('eslint-plugin-barter: settings.barter.root is missing')
  return { root, path: posix(relative(root, context.filename)) }
}

export const posix = (path) => (sep === '/' ? path : path.split(sep).join('/'))

/** Calls `visit(source, node)` for each module that a file names, types included. */
export function importVisitors(visit) {
  const literal = (node) => {
    if (node?.type === 'Literal' && typeof node.value === 'string') visit(node.value, node)
  }
  return {
    ImportDeclaration: (node) => literal(node.source),
    ExportNamedDeclaration: (node) => literal(node.source),
    ExportAllDeclaration: (node) => literal(node.source),
    ImportExpression: (node) => literal(node.source),
    TSImportType: (node) => literal(node.source ?? node.argument?.literal),
    TSExternalModuleReference: (node) => literal(node.expression),
    CallExpression(node) {
      const callee = node.callee
      if (callee.type === 'Identifier' && callee.name === 'require') literal(node.arguments[0])
    },
  }
}

const cache = new Map()
export function manifest(root, dir) {
  const file = join(root, dir, 'package.json')
  if (!cache.has(file)) {
    let found = {}
    try {
      found = JSON.parse(readFileSync(file, 'utf8'))
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
    cache.set(file, found)
  }
  return cache.get(file)
}

/** Names of the folders under `plugins/`. */
export function pluginNames(root) {
  const key = join(root, 'plugins')
  if (!cache.has(key)) {
    let names = []
    try {
      names = readdirSync(key)
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
    cache.set(key, names)
  }
  return cache.get(key)
}
