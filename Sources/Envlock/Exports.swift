@_exported public import EnvlockCore
