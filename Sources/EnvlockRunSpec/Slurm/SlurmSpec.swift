import EnvlockModel

/// A batch script for Slurm: `sbatch job.sbatch`.
///
/// Sources: Slurm, sbatch.1, srun.1, "Generic Resource (GRES) Scheduling", "Containers Guide"; NVIDIA/pyxis, README.md;
/// Apptainer User Guide.
public struct SlurmSpec: RunSpec {
  /// What may be set beside the plan.
  public struct Options: Sendable {
    /// What starts the container on the nodes.
    public var runtime = SlurmRuntime.pyxis
    /// A path on the nodes in place of a registry's image: a .sqsh for pyxis, a .sif for Apptainer, a bundle's folder
    /// for OCI.
    public var container: String?
    /// The type that the site's Slurm gives to such GPUs: "a100". Types are named by each site.
    public var gpuType: String?
    /// Of how many shards a share by time slicing consists.
    public var shards = 1
    /// How much of a GPU's MPS count a share gets; where a GPU counts 100, percent.
    public var mps = 50
    /// Whether Apptainer has NVIDIA's own tool put the GPUs into the container.
    public var nvccli = false
    /// Whether pyxis keeps the image's files from being written.
    public var readOnly = false
    /// Where the output goes, in sbatch's patterns.
    public var output = "%x-%j.out"
    /// Whether an image does that is named without a digest.
    public var allowTag = false

    /// pyxis, the registry's image, GPUs of any type.
    public init() {}
  }

  /// The batch script.
  public let script: SlurmScript
  /// What was decided.
  public let choices: [RunChoice]

  /// - Throws: What Slurm or its runtime cannot give.
  public init(_ plan: RunPlan, options: Options) throws(RunSpecError) {
    var maker = SlurmMaker(plan: plan, options: options)
    script = try maker.script()
    choices = maker.choices
    // What an overlay can break later is right by itself: names of variables, values of directives.
    _ = try SlurmText().text(of: script.document)
  }

  /// The batch script.
  public var files: [SpecFile] { [SpecFile("job.sbatch", .made(script.document, SlurmText()))] }
}
