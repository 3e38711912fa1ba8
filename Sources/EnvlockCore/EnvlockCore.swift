// The product for servers, admission webhooks and other tools: versions, the matrix, locks, the solve, without
// network, files or anything to install. One import brings all of it.
@_exported public import EnvlockData
@_exported public import EnvlockModel
@_exported public import EnvlockVersions
