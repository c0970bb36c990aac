/** What `barter new` can write. */
export const PLUGIN_KINDS = ['importer', 'exporter', 'platform'] as const
export type PluginKind = (typeof PLUGIN_KINDS)[number]
