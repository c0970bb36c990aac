import { join } from 'node:path'
import tseslint from 'typescript-eslint'
import * as house from './house.js'
import barter from './index.js'

const sources = ['packages/*/src/**/*.ts', 'plugins/*/src/**/*.ts']
const tests = ['**/*.test.ts', '**/test/**/*.ts']
const typescript = ['**/*.ts']

/** A check for the rooms `dirs`, with the exceptions that house.js grants. */
const inRooms = (dirs, except, rules) => ({
  files: dirs.map((dir) => `${dir}/src/**/*.ts`),
  ignores: Object.keys(except),
  rules,
})

/** The checks of the whole repository that stands in `root`. */
export function houseConfig(root, { project = join(root, 'tsconfig.test.json') } = {}) {
  return [
    { ignores: ['**/dist/**', '**/coverage/**', '**/node_modules/**'] },
    { linterOptions: { reportUnusedDisableDirectives: 'error' } },
    { plugins: { barter }, settings: { barter: { root } } },

    // Mistakes in general
    ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: typescript })),
    {
      files: typescript,
      languageOptions: { parserOptions: { project, tsconfigRootDir: root } },
      rules: {
        eqeqeq: 'error',
        'no-empty': 'error',
        'no-param-reassign': 'error',
        'object-shorthand': 'error',
        'prefer-template': 'off',
        // An Op that has nothing to wait for is an Op all the same.
        'require-yield': 'off',
        '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
        '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
        '@typescript-eslint/no-redundant-type-constituents': 'off', // `'nvme' | string` tells a reader more
        '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
        '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
        // A package without types gets a declaration beside the file that uses it.
        '@typescript-eslint/triple-slash-reference': ['error', { path: 'always', types: 'never', lib: 'never' }],
        '@typescript-eslint/unbound-method': 'off',
      },
    },
    {
      files: ['**/*.js'],
      languageOptions: {
        ecmaVersion: 2024,
        sourceType: 'module',
        globals: Object.fromEntries(
          ['console', 'process', 'performance', 'URL', 'Buffer', 'setTimeout', 'clearTimeout'].map((n) => [
            n,
            'readonly',
          ]),
        ),
      },
      rules: { eqeqeq: 'error', 'no-empty': 'error', 'no-undef': 'error', 'no-unused-vars': 'error' },
    },

    // Rules of this house
    { rules: { 'barter/arrows': 'error' } },
    { ignores: Object.keys(house.mayOpenContainer), rules: { 'barter/one-door': 'error' } },
    { files: typescript, rules: { 'barter/no-floating-op': 'error' } },
    {
      files: [...sources, 'examples/**/*.ts'],
      ignores: Object.keys(house.mayYield),
      rules: { 'barter/no-bare-yield': 'error' },
    },
    inRooms(house.deterministic, house.mayUseHostClock, { 'barter/no-host-clock': 'error' }),
    inRooms(house.runPath, house.mayBeAsync, { 'barter/no-async': 'error' }),
    inRooms(house.runPath, {}, { 'barter/no-generator-closure': 'error', 'barter/no-old-closure': 'error' }),
    { files: sources, ignores: Object.keys(house.mayUseBitwise), rules: { 'no-bitwise': 'error' } },
    { files: sources, ignores: ['packages/cli/**'], rules: { 'no-console': 'error' } },
    {
      files: tests,
      rules: {
        'barter/honest-tests': 'error',
        // A test may hold a whole report of unknown shape against its own idea of it.
        '@typescript-eslint/no-unsafe-assignment': 'off',
        '@typescript-eslint/no-unsafe-member-access': 'off',
      },
    },
  ]
}
