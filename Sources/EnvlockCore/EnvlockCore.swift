// The product for servers, admission webhooks and other tools: versions, the matrix, locks, node facts,
// checks, run specs and what locks are exported as, without network, files or anything to install. One import brings
// all of it.
@_exported public import EnvlockCheck
@_exported public import EnvlockData
@_exported public import EnvlockExport
@_exported public import EnvlockModel
@_exported public import EnvlockNodeFacts
@_exported public import EnvlockRunSpec
@_exported public import EnvlockVersions
