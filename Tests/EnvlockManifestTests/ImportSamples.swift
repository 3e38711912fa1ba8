/// Files of other tools, as those write them.
enum ImportSamples {
  /// A hash of one letter.
  static func hash(_ letter: Character) -> String { String(repeating: letter, count: 64) }

  /// uv 0.13: two forks of a package, extras, groups, a member of the workspace, conflicts, several registries.
  static let uvLock = """
    version = 1
    revision = 5
    requires-python = ">=3.10"
    resolution-markers = [
        "python_full_version >= '3.12'",
        "python_full_version < '3.12'",
    ]
    conflicts = [[
        { package = "app", extra = "cpu" },
        { package = "app", extra = "gpu" },
    ]]

    [options]
    exclude-newer = "2026-11-01T00:00:00Z"
    prerelease-mode = "allow"

    [manifest]
    members = [
        "app",
        "tools",
    ]
    overrides = [{ name = "six", specifier = ">=1.16" }]

    [[package]]
    name = "app"
    version = "0.1.0"
    source = { editable = "." }
    dependencies = [
        { name = "numpy", version = "2.2.6", source = { registry = "https://index.example.com/simple" }, marker = "python_full_version < '3.12'" },
        { name = "numpy", version = "2.5.5", source = { registry = "https://index.example.com/simple" }, marker = "python_full_version >= '3.12'" },
        { name = "pywin32", marker = "sys_platform == 'win32'" },
        { name = "tools" },
        { name = "uvicorn", extra = ["standard"] },
    ]

    [package.optional-dependencies]
    cpu = [
        { name = "torch", version = "2.9.1+cpu", source = { registry = "https://wheels.example.org/cpu" }, marker = "extra == 'extra-3-app-cpu'" },
    ]
    gpu = [
        { name = "torch", version = "2.9.1", source = { registry = "https://index.example.com/simple" }, marker = "extra == 'extra-3-app-gpu'" },
    ]

    [package.dev-dependencies]
    dev = [
        { name = "pytest" },
    ]

    [package.metadata]
    requires-dist = [
        { name = "numpy" },
        { name = "pywin32", marker = "sys_platform == 'win32'" },
        { name = "tools", editable = "packages/tools" },
        { name = "torch", marker = "extra == 'cpu'", specifier = "==2.9.1", index = "https://wheels.example.org/cpu" },
        { name = "torch", marker = "python_full_version >= '3.10' and extra == 'gpu'", specifier = "==2.9.1" },
        { name = "uvicorn", extras = ["standard"], specifier = ">=0.30" },
    ]
    provides-extras = ["cpu", "gpu"]

    [package.metadata.requires-dev]
    dev = [{ name = "pytest", specifier = ">=8" }]

    [[package]]
    name = "httptools"
    version = "0.7.1"
    source = { registry = "https://index.example.com/simple" }
    wheels = [
        { url = "https://files.example.com/httptools-0.7.1-cp312-cp312-manylinux_2_28_x86_64.whl", hash = "sha256:\(hash("1"))", size = 10, upload-time = "2026-01-01T00:00:00Z" },
    ]

    [[package]]
    name = "numpy"
    version = "2.2.6"
    source = { registry = "https://index.example.com/simple" }
    resolution-markers = [
        "python_full_version < '3.12'",
    ]
    sdist = { url = "https://files.example.com/numpy-2.2.6.tar.gz", hash = "sha256:\(hash("0"))", size = 10 }
    wheels = [
        { url = "https://files.example.com/numpy-2.2.6-cp311-cp311-manylinux_2_28_x86_64.whl", hash = "sha256:\(hash("2"))", size = 10 },
    ]

    [[package]]
    name = "numpy"
    version = "2.5.5"
    source = { registry = "https://index.example.com/simple" }
    resolution-markers = [
        "python_full_version >= '3.12'",
    ]
    wheels = [
        { url = "https://files.example.com/numpy-2.5.5-cp312-cp312-manylinux_2_28_x86_64.whl", hash = "sha256:\(hash("3"))", size = 10 },
        { url = "https://files.example.com/numpy-2.5.5-cp312-cp312-win_amd64.whl", hash = "sha256:\(hash("4"))", size = 10 },
    ]

    [[package]]
    name = "pytest"
    version = "9.0.1"
    source = { registry = "https://index.example.com/simple" }
    wheels = [
        { url = "https://files.example.com/pytest-9.0.1-py3-none-any.whl", hash = "sha256:\(hash("5"))", size = 10 },
    ]

    [[package]]
    name = "pywin32"
    version = "311"
    source = { registry = "https://index.example.com/simple" }
    wheels = [
        { url = "https://files.example.com/pywin32-311-cp312-cp312-win_amd64.whl", hash = "sha256:\(hash("6"))", size = 10 },
    ]

    [[package]]
    name = "six"
    version = "1.17.0"
    source = { registry = "https://index.example.com/simple" }
    wheels = [
        { url = "https://files.example.com/six-1.17.0-py2.py3-none-any.whl", hash = "sha256:\(hash("7"))", size = 10 },
    ]

    [[package]]
    name = "tools"
    version = "0.1.0"
    source = { editable = "packages/tools" }
    dependencies = [
        { name = "six" },
    ]

    [package.metadata]
    requires-dist = [{ name = "six", specifier = ">=1.10" }]

    [[package]]
    name = "torch"
    version = "2.9.1"
    source = { registry = "https://index.example.com/simple" }
    wheels = [
        { url = "https://files.example.com/torch-2.9.1-cp312-cp312-manylinux_2_28_x86_64.whl", hash = "sha256:\(hash("8"))", size = 10 },
    ]

    [[package]]
    name = "torch"
    version = "2.9.1+cpu"
    source = { registry = "https://wheels.example.org/cpu" }
    wheels = [
        { url = "https://wheels.example.org/cpu/torch-2.9.1%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl", hash = "sha256:\(hash("9"))", size = 10 },
    ]

    [[package]]
    name = "uvicorn"
    version = "0.38.0"
    source = { registry = "https://index.example.com/simple" }
    wheels = [
        { url = "https://files.example.com/uvicorn-0.38.0-py3-none-any.whl", hash = "sha256:\(hash("a"))", size = 10 },
    ]

    [package.optional-dependencies]
    standard = [
        { name = "httptools" },
    ]

    """

  /// uv 0.13: a project whose dependencies come from everywhere but an index.
  static let uvSources = """
    version = 1
    revision = 5
    requires-python = ">=3.11"

    [[package]]
    name = "app"
    version = "0.1.0"
    source = { virtual = "." }
    dependencies = [
        { name = "archived" },
        { name = "gitpkg" },
        { name = "localpkg" },
        { name = "prebuilt" },
    ]

    [package.metadata]
    requires-dist = [
        { name = "archived", path = "vendor/archived-1.0.tar.gz" },
        { name = "gitpkg", git = "https://git.example.com/gitpkg?rev=v1" },
        { name = "localpkg", directory = "../localpkg" },
        { name = "prebuilt", url = "https://files.example.com/prebuilt-1.0-py3-none-any.whl" },
    ]

    [[package]]
    name = "archived"
    version = "1.0"
    source = { path = "vendor/archived-1.0.tar.gz" }
    sdist = { hash = "sha256:\(hash("1"))" }

    [[package]]
    name = "gitpkg"
    version = "1.0"
    source = { git = "https://me:secret@git.example.com/gitpkg?rev=v1#0123456789012345678901234567890123456789" }
    dependencies = [
        { name = "six" },
    ]

    [[package]]
    name = "localpkg"
    version = "1.0"
    source = { directory = "../localpkg" }

    [[package]]
    name = "prebuilt"
    version = "1.0"
    source = { url = "https://files.example.com/prebuilt-1.0-py3-none-any.whl" }
    wheels = [
        { url = "https://files.example.com/prebuilt-1.0-py3-none-any.whl", hash = "sha256:\(hash("2"))" },
    ]

    [[package]]
    name = "six"
    version = "1.17.0"
    source = { registry = "https://index.example.com/simple" }
    wheels = [
        { url = "https://files.example.com/six-1.17.0-py2.py3-none-any.whl", hash = "sha256:\(hash("3"))", size = 10 },
    ]

    """

  /// PEP 751, with every kind of entry.
  static let pylock = """
    lock-version = "1.0"
    environments = ["sys_platform == 'linux'"]
    requires-python = ">=3.11"
    extras = ["gpu"]
    dependency-groups = ["dev", "app"]
    default-groups = ["app"]
    created-by = "a tool"

    [[packages]]
    name = "numpy"
    version = "2.2.6"
    marker = "python_full_version < '3.12'"
    index = "https://index.example.com/simple"
    wheels = [{ url = "https://files.example.com/numpy-2.2.6-cp311-cp311-manylinux_2_28_x86_64.whl", hashes = { sha256 = "\(hash("1"))" } }]

    [[packages]]
    name = "numpy"
    version = "2.5.5"
    marker = "python_full_version >= '3.12' and 'app' in dependency_groups"
    index = "https://index.example.com/simple"
    wheels = [
      { name = "numpy-2.5.5-cp312-cp312-manylinux_2_28_x86_64.whl", url = "https://files.example.com/x", hashes = { sha256 = "\(hash("2"))", md5 = "0" } },
    ]

    [[packages]]
    name = "pytest"
    version = "9.0.1"
    marker = "'dev' in dependency_groups"
    wheels = [{ name = "pytest-9.0.1-py3-none-any.whl", url = "https://files.example.com/pytest-9.0.1-py3-none-any.whl", hashes = { sha256 = "\(hash("3"))" } }]

    [[packages]]
    name = "torch"
    version = "2.9.1"
    marker = "'gpu' in extras"
    wheels = [{ url = "https://files.example.com/torch-2.9.1-cp312-cp312-manylinux_2_28_x86_64.whl", hashes = { sha256 = "\(hash("4"))" } }]

    [[packages]]
    name = "here"
    directory = { path = ".", editable = true }

    [[packages]]
    name = "local"
    version = "1.0"
    wheels = [{ path = "wheels/local-1.0-py3-none-any.whl", hashes = { sha256 = "\(hash("5"))" } }]

    [[packages]]
    name = "prebuilt"
    version = "1.0"
    archive = { url = "https://files.example.com/prebuilt-1.0-py3-none-any.whl", hashes = { sha256 = "\(hash("6"))" } }

    [[packages]]
    name = "gitpkg"
    version = "1.0"
    marker = "python_full_version >= '3.13'"
    vcs = { type = "git", url = "https://git.example.com/gitpkg", commit-id = "0123" }

    [[packages]]
    name = "hashed"
    version = "1.0"
    marker = "python_full_version >= '3.13'"
    wheels = [{ url = "https://files.example.com/hashed-1.0-py3-none-any.whl", hashes = { md5 = "0" } }]

    """

  /// As `uv export` and pip-compile write them.
  static let requirements = """
    # This file was autogenerated
    -e .
    -e git+https://git.example.com/other.git@v1#egg=other
    --extra-index-url https://me:secret@wheels.example.org/simple
    numpy==2.2.6 ; python_full_version < '3.12' \\
        --hash=sha256:\(hash("1")) \\
        --hash=sha256:\(hash("2"))
        # via app
    numpy==2.5.5 ; python_full_version >= '3.12' \\
        --hash=sha256:\(hash("3"))
    gitpkg @ git+https://me:secret@git.example.com/gitpkg@0123
    six==1.17.0
    -c constraints.txt

    """

  static let condaEnvironment = """
    name: vision
    channels:
      - pytorch
      - conda-forge
    dependencies:
      - python=3.11
      - pytorch::pytorch=2.5
      - pytorch-cuda=12.4
      - cudnn
      - conda-forge::opencv>=4.8
      - git
      - pip
      - pip:
          - transformers==4.50.0
          - accelerate>=1.0
          - -e .
    variables:
      SEED: "1"

    """
}
