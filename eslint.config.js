import { houseConfig } from './tools/eslint-plugin-barter/config.js'

export default houseConfig(import.meta.dirname)
